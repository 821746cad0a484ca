// What runs on the network thread: coroutines of Boost.Asio, on one io_context that one thread runs. Nothing in here
// is locked.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <utility>

namespace seatledger {

// One executor for all, by its own type: the erased one costs an allocation here and there.
using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;
using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;
template <typename T>
using Task = boost::asio::awaitable<T, Executor>;
inline constexpr boost::asio::use_awaitable_t<Executor> awaited;

using TimePoint = std::chrono::steady_clock::time_point;

// For coroutines that have no business to throw: whoever runs the network hears of it.
void rethrow(const std::exception_ptr& exception);

// Wakes one coroutine. Whoever waits has to look again at what it waits for.
class Signal {
 public:
    explicit Signal(Executor executor) : executor_(std::move(executor)) {}
    Signal(const Signal&) = delete;
    Signal& operator=(const Signal&) = delete;

    // Returns once notify() has been called, at once if it was since the last wait. One coroutine at a time. A
    // coroutine that is never notified is never destroyed: notify before letting go of it.
    [[nodiscard]] Task<void> wait();
    void notify();

 private:
    Executor executor_;
    std::move_only_function<void()> waiter_;
    bool notified_ = false;
};

// Bytes that all connections share. Who asks first is served first, so that who asks for much is not passed for
// ever by those who ask for little.
class Budget {
 public:
    explicit Budget(std::size_t bytes) : total_(bytes), free_(bytes) {}
    Budget(const Budget&) = delete;
    Budget& operator=(const Budget&) = delete;

    // Bytes that were asked for, given back on destruction. Must not outlive the budget, and ends on the network
    // thread.
    class Share {
     public:
        Share() = default;
        // Asks. `granted` is notified when the bytes are given, unless they are at once. More than the whole budget
        // counts as all of it.
        Share(Budget& budget, std::size_t bytes, Signal& granted);
        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;
        ~Share();

        [[nodiscard]] bool is_granted() const { return granted_; }

     private:
        friend class Budget;
        Budget* budget_ = nullptr;
        std::size_t bytes_ = 0;
        Signal* signal_ = nullptr;
        bool granted_ = false;
    };

    [[nodiscard]] std::size_t free() const { return free_; }

 private:
    void grant();

    std::size_t total_;
    std::size_t free_;
    std::deque<Share*> asking_;
};

}  // namespace seatledger
