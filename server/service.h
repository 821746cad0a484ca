// What all connections share: the ledger behind them and the threads that work for them.
#pragma once

#include <spdlog/logger.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <string>

#include "engine/clock.h"
#include "engine/engine.h"
#include "engine/notary/notary.h"
#include "engine/vault/secrets.h"
#include "projections/projections.h"
#include "server/access.h"
#include "server/access_log.h"
#include "server/health.h"
#include "server/limits.h"
#include "server/message_check.h"
#include "server/network.h"
#include "server/tail.h"
#include "server/throttle.h"
#include "server/waiting_room.h"

namespace seatledger {

// Owns nothing. Everything in it outlives the connections.
struct Service {
    Executor network;
    Engine& engine;
    Projections& projections;
    const Clock& clock;
    Notary& notary;
    const merkle::VerifierKey& verifier_key;  // of its checkpoints
    boost::asio::thread_pool& readers;        // queries, histories and pages of replays
    boost::asio::thread_pool& maintenance;    // rebuilds and digests, which take long
    bool& rebuilding;                         // network thread
    const std::atomic<bool>& stopping;        // ends a rebuild
    Tail& tail;                               // who waits for the projections
    Tail& signings;                           // who waits for the notary
    Health& health;
    Budget& request_memory;
    const MessageCheck& message_check;
    spdlog::logger& logger;
    Access& access;
    AccessLog& access_log;
    Secrets secrets;
    boost::asio::thread_pool& doorkeeper;  // one thread: tokens
    boost::asio::thread_pool& hasher;      // one thread: what hashes a password, so that tokens never wait for it
    Throttle& throttle;                    // network thread
    WaitingRoom& waiting_room;             // of log-ins; network thread
    ServerLimits limits;
};

}  // namespace seatledger
