#include "engine/huge_pages.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace seatledger {

void FreePages::operator()(std::byte* pages) const { std::free(pages); }

Pages allocate_pages(std::size_t bytes, std::size_t small_bytes) {
    auto* const pages = static_cast<std::byte*>(std::aligned_alloc(huge_page_bytes, bytes));
    if (pages == nullptr) throw std::bad_alloc();
    // A wish; refused, it costs time and nothing else.
    if (bytes > small_bytes) static_cast<void>(madvise(pages + small_bytes, bytes - small_bytes, MADV_HUGEPAGE));
    return Pages(pages);
}

}  // namespace seatledger
