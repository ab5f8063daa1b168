// The same case on SimGrid's S4U interface, set up for pure max-min: model CM02 without factors, cross traffic or TCP windows.
// Link latency is not given to SimGrid (it weighs shares by it); each flow starts later by its path's latency instead.
// One actor per source sends all flows of that source. Routes are per pair of hosts, so a pair with several paths gets several twins
// of its source. Prints: run seconds of the event loop, makespan, then each flow's completion minus release, one number a line.
#include "flat-case.hpp"
#include <algorithm>
#include <chrono>
#include <map>
#include <simgrid/s4u.hpp>
#include <string>

namespace sg4 = simgrid::s4u;

int main(int argc, char **argv) {
  sg4::Engine engine(&argc, argv);
  for (const char *option : {"network/model:CM02", "network/crosstraffic:0", "network/TCP-gamma:1e30", "network/bandwidth-factor:1", "network/latency-factor:1",
                             "network/weight-S:0", "maxmin/precision:1e-9", "surf/precision:1e-12"}) sg4::Engine::set_config(option);
  FlatCase flat = readCase(argv[1]);
  auto *zone = sg4::create_full_zone("zone");
  std::vector<sg4::Link *> links;
  for (int link = 0; link < flat.links; link++) links.push_back(zone->create_link("l" + std::to_string(link), flat.linkBps[link] / 8)->set_latency(0)->seal());

  using Path = std::vector<int>;
  std::map<std::pair<int, int>, std::vector<Path>> paths;
  std::map<std::pair<int, int>, sg4::Host *> hosts;
  auto hostOf = [&](int node, int twin) {
    auto &host = hosts[{node, twin}];
    if (host == nullptr) host = zone->create_host("h" + std::to_string(node) + "." + std::to_string(twin), 1e9)->seal();
    return host;
  };
  std::vector<sg4::Host *> from(flat.flows), to(flat.flows);
  std::vector<std::pair<std::pair<sg4::Host *, sg4::Host *>, Path>> routes;
  std::vector<double> activeS(flat.flows);
  for (int flow = 0; flow < flat.flows; flow++) {
    Path path(flat.pathLink.begin() + flat.pathOffset[flow], flat.pathLink.begin() + flat.pathOffset[flow + 1]);
    auto &known = paths[{flat.flowSrc[flow], flat.flowDst[flow]}];
    int twin = static_cast<int>(std::find(known.begin(), known.end(), path) - known.begin());
    from[flow] = hostOf(flat.flowSrc[flow], twin);
    to[flow] = hostOf(flat.flowDst[flow], 0);
    if (twin == static_cast<int>(known.size())) {
      known.push_back(path);
      routes.push_back({{from[flow], to[flow]}, path});
    }
    activeS[flow] = flat.flowStartS[flow];
    for (int link : path) activeS[flow] += flat.linkLatencyS[link];
  }
  for (auto &[ends, path] : routes) {
    std::vector<sg4::LinkInRoute> hops;
    for (int link : path) hops.emplace_back(links[link]);
    zone->add_route(ends.first->get_netpoint(), ends.second->get_netpoint(), nullptr, nullptr, hops, false);
  }
  zone->seal();

  std::map<int, std::vector<int>> bySource;
  for (int flow = 0; flow < flat.flows; flow++) bySource[flat.flowSrc[flow]].push_back(flow);
  std::vector<double> endS(flat.flows, 0);
  for (auto &[source, flows] : bySource) {
    std::stable_sort(flows.begin(), flows.end(), [&](int a, int b) { return activeS[a] < activeS[b]; });
    sg4::Actor::create("send", from[flows[0]], [&flat, &activeS, &endS, &from, &to, &flows = flows] {
      std::vector<std::pair<int, sg4::CommPtr>> sent;
      for (int flow : flows) {
        if (activeS[flow] > sg4::Engine::get_clock()) sg4::this_actor::sleep_until(activeS[flow]);
        sent.emplace_back(flow, sg4::Comm::sendto_async(from[flow], to[flow], static_cast<uint64_t>(flat.flowBytes[flow])));
      }
      for (auto &[flow, comm] : sent) {
        comm->wait();
        endS[flow] = comm->get_finish_time();
      }
    });
  }
  auto started = std::chrono::steady_clock::now();
  engine.run();
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  std::printf("%.9g\n%.17g\n", seconds, *std::max_element(endS.begin(), endS.end()));
  for (int flow = 0; flow < flat.flows; flow++) std::printf("%.17g\n", endS[flow] - flat.flowStartS[flow]);
}
