#include "tools/bench/load.h"

#include <capnp/serialize.h>
#include <kj/debug.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <unordered_map>

#include "server/wire.capnp.h"
#include "tools/bench/figures.h"
#include "tools/connection.h"

namespace seatledger::bench {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t answer_words_max = 8u << 20;

kj::Array<capnp::word> hello(const std::string& token) {
    capnp::MallocMessageBuilder message;
    auto hello = message.initRoot<schema::ClientMessage>().initHello();
    hello.setProtocolVersion(schema::PROTOCOL_VERSION);
    hello.setToken(token);
    return capnp::messageToFlatArray(message);
}

kj::Array<capnp::word> submit(std::uint64_t id, const Batch& batch) {
    capnp::MallocMessageBuilder message;
    auto request = message.initRoot<schema::ClientMessage>();
    request.setId(id);
    request.initSubmit().setCommands(commands_of(batch));
    return capnp::messageToFlatArray(message);
}

// All connections share one thread.
class Load {
 public:
    Load(const LoadPlan& plan, const std::vector<std::vector<Batch>>& requests) {
        for (const auto& of_one : requests) connections_.push_back(std::make_unique<Connection>(*this, plan, of_one));
    }

    LoadResult run() {
        const Stopwatch watch;
        for (auto& connection : connections_) connection->start();
        io_.run();
        result_.seconds = watch.seconds();
        return std::move(result_);
    }

 private:
    class Connection {
     public:
        Connection(Load& load, const LoadPlan& plan, const std::vector<Batch>& requests)
            : load_(load), socket_(load.io_), in_flight_max_(plan.in_flight) {
            for (const auto& request : requests) frames_.push_back(submit(frames_.size() + 1, request));
            socket_.connect({asio::ip::address_v4::loopback(), plan.port});
            socket_.set_option(tcp::no_delay(true));
            const auto greeting = hello(plan.token);
            asio::write(socket_, asio::buffer(greeting.begin(), greeting.asBytes().size()));
            // The greeting back: read like an answer, and without looking at it.
            for (std::size_t have = 0, want = 1; have < want; want = words_wanted()) {
                frame_.resize(want);
                asio::read(socket_, asio::buffer(&frame_[have], (want - have) * sizeof(std::uint64_t)));
                have = want;
            }
        }

        void start() {
            for (unsigned i = 0; i < in_flight_max_; ++i) send_next();
            if (!waiting_.empty()) receive();
        }

     private:
        void send_next() {
            if (next_ == frames_.size()) return;
            const auto& frame = frames_[next_++];
            waiting_.emplace(next_, Stopwatch());
            // Synchronous: what does not fit the socket's buffer waits for the server to read.
            asio::write(socket_, asio::buffer(frame.begin(), frame.asBytes().size()));
        }

        // How many words the frame has that has begun to come, as far as that can be told.
        [[nodiscard]] std::size_t words_wanted() const {
            const auto words = frame_words(frame_, answer_words_max);
            KJ_REQUIRE(words.has_value(), "the server sent no message", words.error().c_str());
            return *words;
        }

        void receive() {
            frame_.clear();
            receive_words(1);
        }

        void receive_words(std::size_t want) {
            const auto have = frame_.size();
            frame_.resize(want);
            const auto came = [this](error_code error, std::size_t) {
                KJ_REQUIRE(!error, "the server closed the connection", error.message().c_str());
                const auto words = words_wanted();
                words > frame_.size() ? receive_words(words) : take_answer();
            };
            asio::async_read(socket_, asio::buffer(&frame_[have], (want - have) * sizeof(std::uint64_t)), came);
        }

        void take_answer() {
            capnp::ReaderOptions options;
            options.traversalLimitInWords = answer_words_max;
            capnp::FlatArrayMessageReader reader(
                kj::arrayPtr(reinterpret_cast<const capnp::word*>(frame_.data()), frame_.size()), options);
            const auto message = reader.getRoot<schema::ServerMessage>();
            KJ_REQUIRE(message.isAnswers(), "the server did not answer the commands");
            for (const auto answer : message.getAnswers()) {
                KJ_REQUIRE(!answer.hasRejected(), "the load is meant to be accepted", answer.getMessage());
            }
            load_.result_.commands += message.getAnswers().size();
            const auto waiting = waiting_.find(message.getId());
            KJ_REQUIRE(waiting != waiting_.end(), "an answer to something that was not asked");
            load_.result_.latencies.push_back(waiting->second.seconds());
            waiting_.erase(waiting);
            send_next();
            if (!waiting_.empty()) receive();
        }

        Load& load_;
        tcp::socket socket_;
        unsigned in_flight_max_;
        std::vector<kj::Array<capnp::word>> frames_;
        std::size_t next_ = 0;
        std::unordered_map<std::uint64_t, Stopwatch> waiting_;
        Words frame_;
    };

    asio::io_context io_{1};
    std::vector<std::unique_ptr<Connection>> connections_;
    LoadResult result_;
};

}  // namespace

LoadResult run_load(const LoadPlan& plan, const std::vector<std::vector<Batch>>& requests) {
    return Load(plan, requests).run();
}

}  // namespace seatledger::bench
