#include "server/network.h"

#include <algorithm>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

namespace seatledger {

void rethrow(const std::exception_ptr& exception) {
    if (exception) std::rethrow_exception(exception);
}

Task<void> Signal::wait() {
    if (!notified_) {
        // Named: GCC 12 destroys a lambda inside a co_await expression twice.
        const auto keep = [this](auto resume) { waiter_ = std::move(resume); };
        co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<Executor>&, void()>(keep, awaited);
    }
    notified_ = false;
}

void Signal::notify() {
    notified_ = true;
    if (waiter_) boost::asio::post(executor_, std::exchange(waiter_, nullptr));
}

Budget::Share::Share(Budget& budget, std::size_t bytes, Signal& granted)
    : budget_(&budget), bytes_(std::min(bytes, budget.total_)), signal_(&granted) {
    if (budget.asking_.empty() && bytes_ <= budget.free_) {
        budget.free_ -= bytes_;
        granted_ = true;
    } else {
        budget.asking_.push_back(this);
    }
}

Budget::Share::~Share() {
    if (budget_ == nullptr) return;
    if (granted_) {
        budget_->free_ += bytes_;
    } else {
        std::erase(budget_->asking_, this);
    }
    budget_->grant();
}

void Budget::grant() {
    while (!asking_.empty() && asking_.front()->bytes_ <= free_) {
        auto& share = *asking_.front();
        asking_.pop_front();
        free_ -= share.bytes_;
        share.granted_ = true;
        share.signal_->notify();
    }
}

}  // namespace seatledger
