// Memory in pages of 2 MiB. Where little of much memory is looked at, at random, the processor has to look up each page
// first; of the usual ones, of 4 KiB, there are too many for it to remember.
#pragma once

#include <cstddef>
#include <memory>

namespace seatledger {

inline constexpr std::size_t huge_page_bytes = 2 * 1024 * 1024;

struct FreePages {
    std::size_t bytes = 0;
    void operator()(std::byte* pages) const;
};
using Pages = std::unique_ptr<std::byte[], FreePages>;

// `bytes` of memory that begin with a page, full of zeros and not yet taken from the system; of the first `small_bytes`
// the pages are of the usual size, so that who touches little of it takes little. Both are multiples of
// huge_page_bytes. The system may not have such pages: then all of them are usual ones. Throws std::bad_alloc. Cost: a
// few system calls; what is freed goes back to the system at once.
[[nodiscard]] Pages allocate_pages(std::size_t bytes, std::size_t small_bytes);

// For containers that may become large: takes huge pages once it takes whole ones.
template <typename T>
struct PageAllocator {
    using value_type = T;

    PageAllocator() = default;
    template <typename Other>
    explicit PageAllocator(const PageAllocator<Other>&) {}

    [[nodiscard]] T* allocate(std::size_t count) {
        if (!are_pages(count)) return std::allocator<T>().allocate(count);
        return reinterpret_cast<T*>(allocate_pages(count * sizeof(T), 0).release());
    }
    void deallocate(T* memory, std::size_t count) {
        if (!are_pages(count)) return std::allocator<T>().deallocate(memory, count);
        FreePages{count * sizeof(T)}(reinterpret_cast<std::byte*>(memory));
    }
    bool operator==(const PageAllocator&) const { return true; }

 private:
    [[nodiscard]] static bool are_pages(std::size_t count) {
        return count > 0 && count * sizeof(T) % huge_page_bytes == 0;
    }
};

}  // namespace seatledger
