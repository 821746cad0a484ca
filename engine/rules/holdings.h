// What a person was given.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

#include "events/ids.h"
#include "events/instant.h"

namespace seatledger {

// A license that a person was given. It is theirs until it is taken away or its term ends.
struct Holding {
    LicenseNumber license;
    ProductNumber product;
    Instant valid_until;
    Sequence since;  // the event that gave it

    bool operator==(const Holding&) const = default;
};

// In the order in which they were given. Most people have one, which lies right here, so that with their number it fits
// one line of the processor's cache; several lie elsewhere. Pointers are valid until the next change. No license is 0.
class Holdings {
 public:
    using value_type = Holding;

    Holdings() = default;
    Holdings(std::initializer_list<Holding> from) {
        for (const auto& holding : from) push_back(holding);
    }
    Holdings(const Holdings& other)
        : only_(other.only_), several_(other.several_ ? std::make_unique<Several>(*other.several_) : nullptr) {}
    Holdings& operator=(const Holdings& other) { return *this = Holdings(other); }
    Holdings(Holdings&&) noexcept = default;
    Holdings& operator=(Holdings&&) noexcept = default;
    ~Holdings() = default;

    [[nodiscard]] const Holding* begin() const { return several_ ? several_->data() : &only_; }
    [[nodiscard]] const Holding* end() const { return begin() + size(); }
    [[nodiscard]] std::size_t size() const {
        return several_ ? several_->size() : std::size_t{only_.license ? 1u : 0u};
    }
    [[nodiscard]] bool empty() const { return size() == 0; }
    [[nodiscard]] const Holding& operator[](std::size_t index) const { return begin()[index]; }

    void push_back(const Holding& given) {
        if (several_) {
            several_->push_back(given);
        } else if (only_.license) {
            several_ = std::make_unique<Several>(Several{std::exchange(only_, {}), given});
        } else {
            only_ = given;
        }
    }

    template <typename Gone>
    void erase_if(Gone gone) {
        if (several_) {
            std::erase_if(*several_, gone);
            if (several_->size() > 1) return;
            only_ = several_->empty() ? Holding() : several_->front();
            several_.reset();
        } else if (only_.license && gone(std::as_const(only_))) {
            only_ = {};
        }
    }

    bool operator==(const Holdings& other) const { return std::ranges::equal(*this, other); }

 private:
    using Several = std::vector<Holding>;

    Holding only_;  // nothing if there is none, or several
    std::unique_ptr<Several> several_;
};

}  // namespace seatledger
