// What a connection may ask, and how it is answered.
#include <kj/debug.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "engine/rules/values.h"
#include "events/text.h"
#include "projections/queries.h"
#include "server/answers.h"
#include "server/logging.h"
#include "server/maintenance.h"
#include "server/repeated_passwords.h"
#include "server/replay_stream.h"
#include "server/session.h"

namespace seatledger {
namespace {

using schema::ClientMessage;

// The id of a message in which something else is wrong; 0 if it cannot be read either.
std::uint64_t id_of(Message& message) {
    try {
        message.trust();
        return message.root<ClientMessage>().getId();
    } catch (const kj::Exception&) {
        return 0;
    }
}

Commands commands_of(Message& message) { return message.root<ClientMessage>().getSubmit().getCommands(); }

// Empty: there is none.
std::string_view password_in(schema::Command::Reader command) {
    if (command.isSetPassword()) return view(command.getSetPassword().getPassword());
    if (command.isRegisterUser()) return view(command.getRegisterUser().getPassword());
    return {};
}

// One that is too short by any count, or too long, will be rejected, and need not be hashed.
bool has_password_to_hash(schema::Command::Reader command) {
    const auto bytes = password_in(command).size();
    return bytes >= rules::password_characters_min && bytes <= rules::password_bytes_max;
}

// Somebody whose log-ins are over.
struct Ended {
    std::string account;
    UserId user;
    Sequence password;  // the event by which it was changed; 0: they were removed
};

std::vector<Ended> ended_by(Commands commands, const std::vector<Answer>& answers) {
    std::vector<Ended> people;
    for (unsigned i = 0; i < commands.size(); ++i) {
        if (!commands[i].isSetPassword() && !commands[i].isRemoveUser() && !commands[i].isErasePerson()) continue;
        for (const auto& entry : Entries(answers[i].entries, answers[i].first)) {
            const auto event = read_event(entry);
            const std::string account(view(event.getAccount()));
            if (event.isPasswordChanged()) {
                people.push_back({account, UserId(event.getPasswordChanged().getUser()), entry.sequence});
            } else if (event.isUserRemoved()) {
                people.push_back({account, UserId(event.getUserRemoved().getUser()), {}});
            }
        }
    }
    return people;
}

}  // namespace

// Commands on their way through the engine.
struct Session::Submission {
    std::shared_ptr<Session> session;
    RequestKey request;
    std::unique_ptr<Message> message;
    unsigned next = 0;  // of the commands: which may have the next password to hash
    std::vector<PasswordHash> passwords;
    std::expected<std::vector<Answer>, StorageFailure> answers;
    std::optional<std::string> problem;  // why a password could not be hashed

    [[nodiscard]] Commands commands() const { return commands_of(*message); }

    // On the hasher's thread.
    void hash_next() {
        try {
            const auto& cost = session->service_.limits.password_cost;
            passwords.push_back({next, hash_password(password_in(commands()[next]), cost)});
        } catch (const std::exception& exception) {
            problem = exception.what();
        } catch (const kj::Exception& exception) {
            problem = exception.getDescription().cStr();
        }
        ++next;
    }
};

void Session::take(std::unique_ptr<Message> message) {
    active_ = now_;
    if (const auto checked = service_.message_check.check(*message); !checked) {
        const auto id = id_of(*message);
        if (checked.error().is_broken || !is_let_in()) return reject(id, checked.error().message);
        note_offence(checked.error().message);
        return send_failure(id, checked.error().message);
    }
    message->trust();
    const auto root = message->root<ClientMessage>();
    const auto id = root.getId();
    if (!is_let_in()) return greet(id, root, std::move(message));
    if (!token_->is_good(system_now())) return reject(id, token_is_over);
    switch (root.which()) {
        case ClientMessage::NONE:
        case ClientMessage::HELLO:
        case ClientMessage::LOG_IN:
            note_offence("a message that asks for nothing");
            return send_failure(id, root.isNone() ? "the message asks for nothing" : "hello has been said");
        case ClientMessage::CREDIT:
            // The replay may have ended meanwhile.
            if (const auto found = replays_.find(id); found != replays_.end()) {
                const auto stream = found->second;
                stream->give(root.getCredit());
                stream->pump();
            }
            return;
        case ClientMessage::CANCEL:
            if (const auto found = replays_.find(id); found != replays_.end()) {
                const auto stream = found->second;
                stream->cancel();
            }
            return;
        default: return start(id, root, std::move(message));
    }
}

void Session::start(std::uint64_t id, ClientMessage::Reader root, std::unique_ptr<Message> message) {
    if (in_flight_.contains(id) || replays_.contains(id)) {
        note_offence("the id of a request that is in flight was used again");
        return send_failure(id, "a request with this id is in flight");
    }
    if (root.isReplay()) {
        note_reading(root, "asked");  // how it ends is for the reader to say
        return replay(id, root.getReplay());
    }
    const RequestKey request{id, ++serials_};
    in_flight_.emplace(id, InFlight{request.serial, message->bytes()});
    bytes_in_flight_ += message->bytes();
    switch (root.which()) {
        case ClientMessage::SUBMIT: return submit(request, std::move(message));
        case ClientMessage::QUERY: return query(request, std::move(message));
        case ClientMessage::HISTORY: return history(request, std::move(message));
        case ClientMessage::REBUILD: return rebuild(request, std::move(message));
        case ClientMessage::DIGEST: return digest(request, std::move(message));
        case ClientMessage::STATUS: return status(request);
        case ClientMessage::CHECKPOINT: return checkpoint(request);
        case ClientMessage::CHECKPOINT_AT: return checkpoint_at(request, std::move(message));
        case ClientMessage::PROVE: return prove(request, std::move(message));
        case ClientMessage::EVIDENCE: return evidence(request, std::move(message));
        case ClientMessage::ENTRY: return entry(request, std::move(message));
        case ClientMessage::PROVE_CONSISTENCY: return prove_consistency(request, std::move(message));
        case ClientMessage::ISSUE_TOKEN: return issue_token(request, std::move(message));
        case ClientMessage::LIST_TOKENS: return list_tokens(request, std::move(message));
        case ClientMessage::REVOKE_TOKEN: return revoke_token(request, std::move(message));
        case ClientMessage::LOG_OUT: return log_out(request, std::move(message));
        default: return fail(request, "this server does not know what is asked for");
    }
}

void Session::submit(RequestKey request, std::unique_ptr<Message> message) {
    const auto commands = commands_of(*message);
    if (commands.size() == 0 || commands.size() > service_.limits.commands_max) {
        return fail(request, "a request carries 1 to " + std::to_string(service_.limits.commands_max) +
                                 " commands, not " + std::to_string(commands.size()));
    }
    // One allocation, so that what is handed from thread to thread is a pointer.
    std::unique_ptr<Submission> submission(
        new Submission{shared_from_this(), request, std::move(message), 0, {}, {}, {}});
    hash_passwords(std::move(submission));
}

// One after the other, each behind what others have to hash meanwhile; until nobody waits for it any more.
void Session::hash_passwords(std::unique_ptr<Submission> submission) {
    const auto commands = submission->commands();
    while (submission->next < commands.size() && !has_password_to_hash(commands[submission->next])) ++submission->next;
    if (submission->next == commands.size()) return submit_to_engine(std::move(submission));
    boost::asio::post(service_.hasher, [submission = std::move(submission)]() mutable {
        submission->hash_next();
        auto& network = submission->session->service_.network;
        boost::asio::post(network, [submission = std::move(submission)]() mutable {
            auto& session = *submission->session;
            session.on_hashed(std::move(submission));
        });
    });
}

void Session::on_hashed(std::unique_ptr<Submission> submission) {
    const auto request = submission->request;
    if (!is_in_flight(request)) return;
    if (!token_->is_good(system_now())) return fail(request, token_is_over);
    if (submission->problem) return fail(request, "a password cannot be kept: " + *submission->problem);
    hash_passwords(std::move(submission));
}

void Session::submit_to_engine(std::unique_ptr<Submission> submission) {
    const auto request = submission->request;
    const auto commands = commands_of(*submission->message);
    const std::span<const PasswordHash> passwords = submission->passwords;
    auto done = [submission = std::move(submission), network = service_.network](auto answers) mutable {
        submission->answers = std::move(answers);
        boost::asio::post(network, [submission = std::move(submission)] {
            submission->session->answered(submission->request, std::move(submission->message),
                                          std::move(submission->answers));
        });
    };
    if (!service_.engine.submit(commands, caller(), passwords, std::move(done))) {
        fail(request, "too many commands are waiting; send these again later");
    }
}

// With another password a person's log-ins end, but for the one by which it was set: they may be somebody else's. And
// whoever was removed has none.
void Session::answered(RequestKey request, std::unique_ptr<Message> message,
                       std::expected<std::vector<Answer>, StorageFailure> answers) {
    auto people = answers ? ended_by(commands_of(*message), *answers) : std::vector<Ended>();
    if (people.empty()) return answer(request, std::move(message), std::move(answers));
    boost::asio::post(service_.doorkeeper, [self = shared_from_this(), request, message = std::move(message),
                                            answers = std::move(answers), people = std::move(people)]() mutable {
        for (const auto& person : people) {
            const auto except = person.password ? self->token_->number : 0;
            const auto ended = self->service_.access.end_log_ins(person.account, person.user, except, person.password);
            if (ended) continue;
            log_line(self->service_.logger, spdlog::level::err, "log-ins could not be ended",
                     {{"reason", ended.error().message}});
        }
        auto& network = self->service_.network;
        boost::asio::post(network, [self = std::move(self), request, message = std::move(message),
                                    answers = std::move(answers)]() mutable {
            self->answer(request, std::move(message), std::move(answers));
        });
    });
}

void Session::answer(RequestKey request, std::unique_ptr<Message> message,
                     std::expected<std::vector<Answer>, StorageFailure> answers) {
    if (!is_in_flight(request)) return;
    if (!answers) {
        service_.health.look(now_);
        return fail(request,
                    "the ledger has stopped because its storage failed: whether this was recorded can be "
                    "seen when it has been started again; " +
                        answers.error().message);
    }
    const auto make = [id = request.id, seals = &service_.secrets.vault](Message& from, const std::vector<Answer>& of,
                                                                         const Projections* projections) -> Worked {
        auto made = make_answers(id, commands_of(from), of, *seals, projections);
        if (!made) KJ_FAIL_REQUIRE("the log cannot be read", made.error().message);
        return std::move(*made);
    };
    const auto replayed = last_replayed(*answers);
    if (!replayed) return finish(request, *make(*message, *answers, nullptr));
    in_flight_.find(request.id)->second.recorded = true;
    RepeatedPasswords passwords(commands_of(*message), *answers);
    auto& pool = passwords.empty() ? service_.readers : service_.hasher;
    auto work = [make, answers = std::move(*answers), passwords = std::move(passwords),
                 &service = service_](Message& from) mutable -> Worked {
        if (!passwords.empty()) {
            passwords.check_some(service.projections, service.secrets, commands_of(from), answers);
        }
        if (!passwords.empty()) return nullptr;
        return make(from, answers, &service.projections);
    };
    run_when_projected(replayed, pool, request, std::move(message), std::move(work), {});
}

void Session::query(RequestKey request, std::unique_ptr<Message> message) {
    const auto question = message->root<ClientMessage>().getQuery();
    auto named = std::max(question.getMinSequence(), question.getAsOfSequence());
    if (question.isDiff()) {
        named = std::max({named, question.getDiff().getFromSequence(), question.getDiff().getToSequence()});
    }
    run_when_projected(needed_for(named), request, std::move(message),
                       [&service = service_, &caller = caller(), id = request.id](Message& from) -> Worked {
                           auto answer = std::make_unique<OutMessage>(id, 1'024);
                           const auto answered =
                               answer_query(service.projections, caller, from.root<ClientMessage>().getQuery(),
                                            service.clock.now(), answer->root().initRows());
                           if (!answered) return std::unexpected(answered.error());
                           return answer;
                       });
}

void Session::history(RequestKey request, std::unique_ptr<Message> message) {
    const auto asked = message->root<ClientMessage>().getHistory();
    const auto needed = needed_for(std::max(asked.getMinSequence(), asked.getAsOfSequence()));
    const bool follows = asked.getFollow();
    auto work = [&service = service_, &caller = caller(), id = request.id](Message& from) -> Worked {
        auto answer = std::make_unique<OutMessage>(id, 1'024);
        auto page = answer->root().initEvents();
        const auto answered =
            answer_history(service.projections, caller, from.root<ClientMessage>().getHistory(), page);
        if (!answered) return std::unexpected(answered.error());
        page.setDone(true);  // all that this request gets
        return answer;
    };
    if (follows) return run_when_recorded(needed, request, std::move(message), std::move(work));
    run_when_projected(needed, request, std::move(message), std::move(work));
}

void Session::replay(std::uint64_t id, schema::Replay::Reader request) {
    if (replays_.size() >= service_.limits.replays_max) {
        return send_failure(
            id, "this connection has " + std::to_string(replays_.size()) + " replays; end one of them first");
    }
    if (const auto problem = ReplayStream::problem_with(request, service_.projections.log().last())) {
        return send_failure(id, *problem);
    }
    if (ReplayStream::is_empty(request, service_.projections.log().last())) return send(make_end_of_replay(id));
    const auto stream = std::make_shared<ReplayStream>(*this, service_, id, request);
    replays_.emplace(id, stream);
    stream->pump();
}

void Session::rebuild(RequestKey request, std::unique_ptr<Message> message) {
    if (!is_permitted(request, rules::Right::read_ledger)) return;
    if (service_.rebuilding) return fail(request, "a rebuild is running; wait until it is done");
    service_.rebuilding = true;
    const auto tell = [&service = service_, request, self = shared_from_this()](std::unique_ptr<OutMessage> progress) {
        boost::asio::post(service.network, [request, self, progress = std::move(progress)]() mutable {
            if (self->is_in_flight(request)) self->send(std::move(progress));
        });
    };
    run_on(service_.maintenance, request, std::move(message), make_rebuild(service_, request.id, tell),
           [&service = service_] { service.rebuilding = false; });
}

void Session::digest(RequestKey request, std::unique_ptr<Message> message) {
    if (!is_permitted(request, rules::Right::read_ledger)) {
        return note_reading(message->root<ClientMessage>(), rule_id(Rule::role_required));
    }
    run_on(service_.maintenance, request, std::move(message), make_digest(service_, request.id));
}

void Session::status(RequestKey request) {
    if (!is_permitted(request, rules::Right::read_ledger)) return;
    service_.health.look(now_);
    auto answer = std::make_unique<OutMessage>(request.id);
    service_.health.tell(answer->root().initStatus());
    finish(request, std::move(answer));
}

}  // namespace seatledger
