// A plain max-min program in flat arrays: at every event all rates are found anew by progressive filling, the links in a
// heap of lower bounds.
// Prints: run seconds, makespan, then each flow's completion minus release, one number a line.
#include "flat-case.hpp"
#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

namespace {
// The lowest bound comes first, then the lowest link.
bool later(const std::pair<double, int> &a, const std::pair<double, int> &b) { return a > b; }

constexpr double never = std::numeric_limits<double>::infinity();

struct Run {
  const FlatCase &flat;
  std::vector<double> capacity, left, rate, release, start, end, room;
  std::vector<int> rising, missing, active, waiting, usedLinks;
  std::vector<std::vector<int>> onLink, dependents;
  std::vector<char> frozen;
  std::vector<std::pair<double, int>> due;
  double now = 0;

  explicit Run(const FlatCase &given) : flat(given), capacity(given.linkBps), left(given.flows), rate(given.flows, 0), release(given.flowStartS),
      start(given.flows, never), end(given.flows, never), room(given.links), rising(given.links, 0), missing(given.flows), onLink(given.links), dependents(given.flows), frozen(given.flows, 0) {
    for (int flow = 0; flow < flat.flows; flow++) {
      left[flow] = flat.flowBytes[flow] * 8;
      missing[flow] = flat.afterOffset[flow + 1] - flat.afterOffset[flow];
      for (int at = flat.afterOffset[flow]; at < flat.afterOffset[flow + 1]; at++) dependents[flat.afterFlow[at]].push_back(flow);
    }
    for (int flow = flat.flows - 1; flow >= 0; flow--) if (missing[flow] == 0) enqueue(flow);
    sortWaiting();
  }

  void enqueue(int flow) {
    start[flow] = release[flow];
    for (int at = flat.pathOffset[flow]; at < flat.pathOffset[flow + 1]; at++) start[flow] += flat.linkLatencyS[flat.pathLink[at]];
    waiting.push_back(flow);
  }

  // The next to start stands last.
  void sortWaiting() { std::sort(waiting.begin(), waiting.end(), [&](int a, int b) { return start[a] != start[b] ? start[a] > start[b] : a > b; }); }

  void solve() {
    usedLinks.clear();
    for (int flow : active) {
      frozen[flow] = 0;
      for (int at = flat.pathOffset[flow]; at < flat.pathOffset[flow + 1]; at++) {
        int link = flat.pathLink[at];
        if (rising[link] == 0) {
          usedLinks.push_back(link);
          onLink[link].clear();
          room[link] = capacity[link];
        }
        rising[link]++;
        onLink[link].push_back(flow);
      }
    }
    // Shares only grow while flows freeze, so an old share is a lower bound: a link is looked at again when its bound comes up.
    due.clear();
    for (int link : usedLinks) due.push_back({room[link] / rising[link], link});
    std::make_heap(due.begin(), due.end(), later);
    while (!due.empty()) {
      std::pop_heap(due.begin(), due.end(), later);
      auto [bound, link] = due.back();
      due.pop_back();
      if (rising[link] == 0) continue;
      double level = std::max(0.0, room[link]) / rising[link];
      if (level > bound * (1 + 1e-12)) {
        due.push_back({level, link});
        std::push_heap(due.begin(), due.end(), later);
        continue;
      }
      for (int flow : onLink[link]) {
        if (frozen[flow]) continue;
        frozen[flow] = 1;
        rate[flow] = level;
        for (int at = flat.pathOffset[flow]; at < flat.pathOffset[flow + 1]; at++) {
          room[flat.pathLink[at]] -= level;
          rising[flat.pathLink[at]]--;
        }
      }
    }
  }

  void complete(int flow) {
    end[flow] = now;
    for (int next : dependents[flow]) {
      release[next] = std::max(release[next], now);
      if (--missing[next] == 0) enqueue(next);
    }
  }

  void run() {
    int event = 0;
    for (;;) {
      double next = event < flat.events ? flat.eventS[event] : never;
      if (!waiting.empty()) next = std::min(next, start[waiting.back()]);
      for (int flow : active) if (rate[flow] > 0) next = std::min(next, now + left[flow] / rate[flow]);
      if (next == never || (active.empty() && waiting.empty())) break;
      double step = next - now;
      now = next;
      size_t kept = 0, released = waiting.size();
      for (int flow : active) {
        // Within rounding of its end a flow has ended.
        if (rate[flow] > 0 && left[flow] - rate[flow] * step <= rate[flow] * now * 1e-14) complete(flow);
        else {
          left[flow] -= rate[flow] * step;
          active[kept++] = flow;
        }
      }
      active.resize(kept);
      if (waiting.size() != released) sortWaiting();
      while (event < flat.events && flat.eventS[event] <= now) {
        capacity[flat.eventLink[event]] = flat.eventBps[event];
        event++;
      }
      while (!waiting.empty() && start[waiting.back()] <= now) {
        active.push_back(waiting.back());
        waiting.pop_back();
      }
      solve();
    }
  }
};
} // namespace

int main(int, char **argv) {
  FlatCase flat = readCase(argv[1]);
  auto started = std::chrono::steady_clock::now();
  Run run(flat);
  run.run();
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  double makespan = 0;
  for (double end : run.end) makespan = std::max(makespan, end);
  std::printf("%.9g\n%.17g\n", seconds, makespan);
  for (int flow = 0; flow < flat.flows; flow++) std::printf("%.17g\n", run.end[flow] - run.release[flow]);
}
