#include <malloc.h>

#include "app/cli/commands.h"

int main(int argc, char** argv) {
#ifdef __GLIBC__
  // The tensors of a run are freed and allocated again by the next: keeping their pages avoids a fault for every 4 kB.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_ARENA_MAX, 1);
#endif
  return vitscope::cli::run(argc, argv);
}
