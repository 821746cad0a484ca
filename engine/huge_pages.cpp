#include "engine/huge_pages.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace seatledger {

void FreePages::operator()(std::byte* pages) const { munmap(pages, bytes); }

// Straight from the system: malloc() takes large pieces that come and go for a sign that it should keep such memory.
Pages allocate_pages(std::size_t bytes, std::size_t small_bytes) {
    const auto mapped = bytes + huge_page_bytes;  // somewhere in there a page begins
    void* const memory = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    auto* const begin = static_cast<std::byte*>(memory);
    const auto before = -reinterpret_cast<std::uintptr_t>(memory) % huge_page_bytes;
    auto* const pages = begin + before;
    if (before > 0) munmap(begin, before);
    munmap(pages + bytes, huge_page_bytes - before);
    // A wish; refused, it costs time and nothing else.
    if (bytes > small_bytes) static_cast<void>(madvise(pages + small_bytes, bytes - small_bytes, MADV_HUGEPAGE));
    return Pages(pages, {bytes});
}

}  // namespace seatledger
