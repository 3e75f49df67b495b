/* What the conversion of numbers takes alone:
 *
 *   numbers make COUNT > FILE.mtx   a vector of random numbers on [0.5, 1.5)
 *   numbers write FILE.mtx          to_chars of the values of its entries, into memory
 *   numbers read FILE.mtx           from_chars of its numbers, from memory
 *
 * Prints how many and the seconds; the last number of a line is its value. */
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "clock.h"

static double uniform(std::uint64_t &state)
{
  std::uint64_t z = (state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53 + 0.5;
}

static int make(long count)
{
  std::uint64_t state = 1;
  std::printf("%%%%MatrixMarket matrix array real general\n%ld 1\n", count);
  for (long i = 0; i < count; i++) {
    char text[32];
    char *end = std::to_chars(text, text + sizeof text, uniform(state)).ptr;
    *end++ = '\n';
    std::fwrite(text, 1, static_cast<std::size_t>(end - text), stdout);
  }
  return std::ferror(stdout) || std::fclose(stdout) ? 1 : 0;
}

static std::string read_text(const char *path)
{
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/* After the banner, comments and the line of sizes. */
static std::size_t first_entry(const std::string &text)
{
  std::size_t at = 0;
  while (at < text.size() && text[at] == '%') at = text.find('\n', at) + 1;
  return text.find('\n', at) + 1;
}

static std::vector<double> entry_values(const std::string &text)
{
  std::vector<double> values;
  for (std::size_t at = first_entry(text); at < text.size();) {
    std::size_t end = text.find('\n', at);
    if (end == std::string::npos) end = text.size();
    std::size_t begin = text.rfind(' ', end) + 1;
    double v = 0;
    std::from_chars(text.data() + (begin > at ? begin : at), text.data() + end, v);
    values.push_back(v);
    at = end + 1;
  }
  return values;
}

static void time_write(const std::vector<double> &values)
{
  std::vector<char> out(values.size() * 26 + 64, '\n');
  double begin = now();
  char *p = out.data();
  for (double v : values) p = std::to_chars(p, p + 32, v).ptr + 1;
  double seconds = now() - begin;
  std::printf("count=%zu to_chars=%.9f bytes=%td\n", values.size(), seconds, p - out.data());
}

static void time_read(const std::string &text)
{
  const char *p = text.data() + first_entry(text), *end = text.data() + text.size();
  std::vector<double> values(static_cast<std::size_t>(std::count(p, end, '\n')), 0.0);
  std::size_t count = 0;
  double begin = now();
  for (; p < end && count < values.size(); p++) p = std::from_chars(p, end, values[count++]).ptr;
  double seconds = now() - begin;
  std::printf("count=%zu from_chars=%.9f last=%.17g\n", count, seconds, values[count - 1]);
}

int main(int argc, char **argv)
{
  std::string what = argc == 3 ? argv[1] : "";
  if (what == "make") return make(std::atol(argv[2]));
  if (what != "write" && what != "read") {
    std::fputs("usage: numbers make COUNT | write FILE.mtx | read FILE.mtx\n", stderr);
    return 2;
  }
  std::string text = read_text(argv[2]);
  if (first_entry(text) >= text.size()) return 1;
  if (what == "write")
    time_write(entry_values(text));
  else
    time_read(text);
  return 0;
}
