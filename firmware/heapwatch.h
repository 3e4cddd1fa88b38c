// The least free heap since a moment. With the heap's own statistics it is exact; a plain build of the core has none,
// and there it is the least of what was free whenever the sketch yielded or asked.
#pragma once
#include <Arduino.h>
#ifdef UMM_STATS_FULL

extern "C" {
size_t umm_free_heap_size_min(void);
size_t umm_free_heap_size_min_reset(void);
}

class HeapWatch {
public:
  HeapWatch() : before_(ESP.getFreeHeap()) { umm_free_heap_size_min_reset(); }
  HeapWatch(const HeapWatch &) = delete;
  HeapWatch &operator=(const HeapWatch &) = delete;
  uint32_t before() const { return before_; }
  uint32_t least() const { return uint32_t(umm_free_heap_size_min()); }

private:
  uint32_t before_;
};

#else
#include <Schedule.h>

#include <memory>

class HeapWatch {
public:
  HeapWatch() : before_(ESP.getFreeHeap()), state_(std::make_shared<State>(State{before_, true})) {
    std::shared_ptr<State> state = state_;
    schedule_recurrent_function_us([state]() { return sample(*state); }, kEveryUs);
  }
  ~HeapWatch() { state_->watching = false; }
  HeapWatch(const HeapWatch &) = delete;
  HeapWatch &operator=(const HeapWatch &) = delete;
  uint32_t before() const { return before_; }
  uint32_t least() const {
    sample(*state_);
    return state_->least;
  }

private:
  struct State {
    uint32_t least;
    bool watching;
  };
  static const uint32_t kEveryUs = 500;

  static bool sample(State &state) {
    uint32_t now = ESP.getFreeHeap();
    if (now < state.least) state.least = now;
    return state.watching;
  }

  uint32_t before_;
  std::shared_ptr<State> state_;
};

#endif
