// A network case as the bench driver flattens it: numbers in a fixed order, read once before any clock starts.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <vector>

struct FlatCase {
  int hosts = 0, links = 0, flows = 0, events = 0;
  std::vector<double> linkBps, linkLatencyS, flowBytes, flowStartS, eventS, eventBps;
  std::vector<int> flowSrc, flowDst, pathOffset, pathLink, afterOffset, afterFlow, eventLink;
};

inline double readNumber(FILE *file) {
  double value;
  if (std::fscanf(file, "%lf", &value) != 1) {
    std::fprintf(stderr, "the flattened case ends too early\n");
    std::exit(2);
  }
  return value;
}

inline FlatCase readCase(const char *path) {
  FILE *file = std::fopen(path, "r");
  if (file == nullptr) {
    std::fprintf(stderr, "cannot read %s\n", path);
    std::exit(2);
  }
  FlatCase flat;
  auto whole = [&] { return static_cast<int>(readNumber(file)); };
  flat.hosts = whole();
  flat.links = whole();
  flat.flows = whole();
  flat.events = whole();
  for (int link = 0; link < flat.links; link++) {
    flat.linkBps.push_back(readNumber(file));
    flat.linkLatencyS.push_back(readNumber(file));
  }
  flat.pathOffset.push_back(0);
  flat.afterOffset.push_back(0);
  for (int flow = 0; flow < flat.flows; flow++) {
    flat.flowSrc.push_back(whole());
    flat.flowDst.push_back(whole());
    flat.flowBytes.push_back(readNumber(file));
    flat.flowStartS.push_back(readNumber(file));
    for (int hops = whole(); hops > 0; hops--) flat.pathLink.push_back(whole());
    flat.pathOffset.push_back(static_cast<int>(flat.pathLink.size()));
    for (int waits = whole(); waits > 0; waits--) flat.afterFlow.push_back(whole());
    flat.afterOffset.push_back(static_cast<int>(flat.afterFlow.size()));
  }
  for (int event = 0; event < flat.events; event++) {
    flat.eventS.push_back(readNumber(file));
    flat.eventLink.push_back(whole());
    flat.eventBps.push_back(readNumber(file));
  }
  std::fclose(file);
  return flat;
}
