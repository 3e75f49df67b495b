/* ColPack at coloring:  colpack FILE.mtx METHOD
 *
 * METHOD: star or acyclic, in order of largest first.  Prints the colors and the seconds of
 * ordering and coloring, without reading the file. */
#include <ColPack/ColPackHeaders.h>

#include <cstdio>
#include <string>

#include "clock.h"

int main(int argc, char **argv)
{
  std::string method = argc == 3 ? argv[2] : "";
  if (method != "star" && method != "acyclic") {
    std::fputs("usage: colpack FILE.mtx star|acyclic\n", stderr);
    return 2;
  }
  ColPack::GraphColoringInterface graph(SRC_FILE, argv[1], "MM");
  double begin = now();
  graph.Coloring("LARGEST_FIRST", method == "star" ? "STAR" : "ACYCLIC");
  double seconds = now() - begin;
  std::printf("\ncolors=%d color=%.9f\n", graph.GetVertexColorCount(), seconds);
  return 0;
}
