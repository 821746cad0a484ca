// How a connection is let in, and what it may do about tokens.
#include <kj/exception.h>

#include <algorithm>
#include <boost/asio/ip/address_v6.hpp>
#include <utility>

#include "engine/rules/values.h"
#include "events/text.h"
#include "projections/address_book.h"
#include "projections/rights.h"
#include "server/log_in.h"
#include "server/logging.h"
#include "server/session.h"

namespace seatledger {
namespace {

using schema::ClientMessage;

constexpr std::string_view wrong_log_in = "the account, the e-mail address or the password is wrong";
constexpr std::size_t label_bytes_max = 256;

std::unexpected<QueryFailure> failed(std::string message, std::optional<Rule> rule = {}) {
    return std::unexpected(QueryFailure{std::move(message), rule});
}

std::unexpected<QueryFailure> not_kept(const StorageFailure& failure) {
    return failed("the token could not be kept, so nobody has it: " + failure.message);
}

// People under the addresses that they have now.
class Names {
 public:
    explicit Names(const Projections& projections)
        : addresses_(projections, AddressBook::Sees::some_events), next_(projections.checkpoint().next()) {}

    [[nodiscard]] std::string of(const std::string& account, UserId user) {
        return addresses_.address(account, user, next_).value_or("?");
    }

 private:
    AddressBook addresses_;
    Sequence next_;
};

void write_row(const Token& token, Names& names, schema::TokenRow::Builder row) {
    const auto& terms = token.terms;
    row.setNumber(token.number);
    if (!terms.caller.account.empty()) row.setAccount(text(terms.caller.account));
    if (terms.caller.user) row.setEmail(text(names.of(terms.caller.account, terms.caller.user)));
    if (terms.caller.role) row.setRole(text(rules::name_of(*terms.caller.role)));
    if (!terms.label.empty()) row.setLabel(text(terms.label));
    row.setLogIn(terms.is_log_in);
    row.setIssuedBy(text(terms.issuer ? names.of(terms.issuer_account, terms.issuer) : "vendor"));
    row.setIssuedAt(token.issued_at.micros);
    row.setExpiresAt(terms.expires_at.micros);
}

Worked answer_token(const Projections& projections, std::uint64_t id, const Access::Issued& issued) {
    auto answer = std::make_unique<OutMessage>(id);
    auto body = answer->root().initToken();
    body.setToken(text(issued.shown));
    Names names(projections);
    write_row(*issued.token, names, body.initRow());
    return answer;
}

Worked answer_tokens(const Projections& projections, std::uint64_t id,
                     const std::vector<std::shared_ptr<const Token>>& tokens) {
    auto answer = std::make_unique<OutMessage>(id);
    auto rows = answer->root().initTokens(static_cast<unsigned>(tokens.size()));
    Names names(projections);
    for (unsigned i = 0; i < rows.size(); ++i) write_row(*tokens[i], names, rows[i]);
    return answer;
}

// Whom it is to let in; nobody who may do more than the issuer.
std::expected<Caller, QueryFailure> caller_of(const Projections& projections, schema::IssueToken::Reader asked,
                                              const Caller& issuer) {
    auto caller = issuer;
    if (asked.hasAccount()) caller.account = view(asked.getAccount());
    if (auto verdict = rules::check_account(issuer, caller.account); !verdict) {
        return failed(verdict.error().message, verdict.error().rule);
    }
    if (asked.hasRole()) {
        caller.role = rules::named<schema::Role>(view(asked.getRole()));
        if (!caller.role) {
            return failed("role is not one of superAdmin, admin, billing, auditor, member", Rule::value_not_allowed);
        }
        if (issuer.role && caller.role != issuer.role) {
            return failed("a token limited to " + std::string(rules::name_of(*issuer.role)) + " issues no other one",
                          Rule::role_required);
        }
    }
    if (caller.account.empty()) {
        if (asked.hasEmail()) return failed("an address needs the account that it is of", Rule::value_not_allowed);
        return caller;
    }
    const auto tables = projections.current().generation;
    const Snapshot snapshot(*tables->database);
    const auto account = account_number(snapshot, caller.account);
    if (!account) return failed("there is no such account; check its id", Rule::account_must_exist);
    if (!asked.hasEmail()) return caller;
    const auto email = view(asked.getEmail());
    caller.user =
        is_plain_text(email) ? projections.user_of(*account, fold_case(email), snapshot.checkpoint()) : UserId();
    if (!issuer.is_vendor() && caller.user != issuer.user) {
        return failed("a person's tokens are their own; those of others are the vendor's to issue",
                      Rule::role_required);
    }
    if (!caller.user) {
        return failed("nobody is registered in " + caller.account + " under this address; register the person first",
                      Rule::user_must_be_registered);
    }
    return caller;
}

// Until when: no longer than the token by which it is issued. A log-in ends by itself and does not bound what it
// issues.
std::expected<Instant, QueryFailure> end_of(schema::IssueToken::Reader asked, const Token& by, Instant now) {
    const Instant end{asked.getExpiresAt()};
    const auto latest = by.terms.is_log_in ? no_instant : by.terms.expires_at;
    if (end == no_instant) return latest;
    if (end <= now) return failed("expiresAt " + to_rfc3339(end) + " is past", Rule::value_not_allowed);
    if (latest != no_instant && end > latest) {
        return failed("the token by which you ask is good until " + to_rfc3339(latest) + ", and issues none for longer",
                      Rule::role_required);
    }
    return end;
}

std::expected<TokenTerms, QueryFailure> terms_of(const Projections& projections, schema::IssueToken::Reader asked,
                                                 const Token& by, Instant now) {
    TokenTerms terms;
    terms.label = view(asked.getLabel());
    if (terms.label.size() > label_bytes_max || !is_plain_text(terms.label)) {
        return failed("label is longer than " + std::to_string(label_bytes_max) + " bytes, or no plain text",
                      Rule::value_not_allowed);
    }
    const auto& issuer = by.terms.caller;
    auto caller = caller_of(projections, asked, issuer);
    if (!caller) return std::unexpected(caller.error());
    terms.caller = std::move(*caller);
    const auto end = end_of(asked, by, now);
    if (!end) return std::unexpected(end.error());
    terms.expires_at = *end;
    if (issuer.is_person()) {
        terms.issuer_account = issuer.account;
        terms.issuer = issuer.user;
    }
    return terms;
}

// Whether it is the caller's to see and to revoke: of the vendor all, of a person those of their account's people, of a
// program those, too, and those that it may have issued.
bool is_managed_by(const Token& token, const Caller& caller) {
    if (token.number == 0) return false;
    const auto& whose = token.terms.caller;
    if (!caller.account.empty() && caller.account != whose.account) return false;
    if (caller.is_vendor() || whose.is_person()) return true;
    return !caller.is_person() && whose.role == caller.role;
}

std::expected<Access::Issued, StorageFailure> issue_log_in(const Service& service, const KnownPerson& known) {
    const auto& person = known.caller;
    const auto now = system_now();
    TokenTerms terms;
    terms.caller = person;
    terms.issuer_account = person.account;
    terms.issuer = person.user;
    terms.expires_at = Instant{now.micros + std::chrono::microseconds(service.limits.log_in_lifetime).count()};
    terms.is_log_in = true;
    terms.password = known.password;
    return service.access.issue(terms, now);
}

// Of the account that the next one is to be for.
bool has_too_many(const Service& service, const Caller& caller, std::string_view account, Instant now) {
    const auto tokens = service.access.tokens(now);
    const auto count = std::ranges::count_if(tokens, [&](const auto& token) {
        return is_managed_by(*token, caller) && token->terms.caller.account == account;
    });
    return static_cast<std::size_t>(count) >= service.limits.tokens_of_account_max;
}

// A log-in ends with the password by which it was had, also where nobody has got round to ending it.
bool is_over(const Service& service, const Token& token) {
    if (!token.terms.is_log_in) return false;
    const auto& caller = token.terms.caller;
    bool is_good = false;
    const auto thrown = kj::runCatchingExceptions([&] {
        is_good = is_still_password(service.projections, service.secrets.rows, caller.account, caller.user,
                                    Sequence(token.password));
    });
    KJ_IF_MAYBE (exception, thrown) {
        log_line(service.logger, spdlog::level::err, "a log-in could not be looked at",
                 {{"reason", exception->getDescription().cStr()}});
    }
    return !is_good;
}

// Where a peer is: its address without the port, and of IPv6 the network that whoever is there has to themself.
std::string network_of(const std::string& peer) {
    constexpr std::size_t network_bytes = 8;
    const auto host = peer.substr(0, peer.rfind(':'));
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address_v6(host, error);
    if (error || address.is_v4_mapped()) return host;
    auto bytes = address.to_bytes();
    std::fill(bytes.begin() + network_bytes, bytes.end(), 0);
    return boost::asio::ip::address_v6(bytes).to_string();
}

}  // namespace

void Session::greet(std::uint64_t id, ClientMessage::Reader root, std::unique_ptr<Message> message) {
    const auto version = root.isHello()   ? root.getHello().getProtocolVersion()
                         : root.isLogIn() ? root.getLogIn().getProtocolVersion()
                                          : 0;
    if (!root.isHello() && !root.isLogIn()) return reject(id, "a connection begins with hello or logIn");
    if (version != schema::PROTOCOL_VERSION) {
        return reject(id, "protocol version " + std::to_string(version) + " is not spoken here, but version " +
                              std::to_string(schema::PROTOCOL_VERSION));
    }
    if (root.isHello()) return say_hello(id, root.getHello());
    log_in(id, root.getLogIn(), std::move(message));
}

void Session::say_hello(std::uint64_t id, schema::Hello::Reader hello) {
    auto token = service_.access.find(view(hello.getToken()), system_now());
    if (!token || is_over(service_, *token)) {
        return reject(id,
                      "the token is wrong, or not good any more; the vendor's is in vendor.token of the server's data "
                      "directory, others are issued (seatledger token) or had by logging in (seatledger login)");
    }
    let_in(std::move(token));
    auto welcome = std::make_unique<OutMessage>(id);
    auto body = welcome->root().initHello();
    body.setProtocolVersion(schema::PROTOCOL_VERSION);
    body.setLastSequence(service_.projections.log().last().value);
    send(std::move(welcome));
}

void Session::let_in(std::shared_ptr<const Token> token) {
    token_ = std::move(token);
    reader_.set_message_bytes_max(service_.limits.message_bytes_max);
}

void Session::log_in(std::uint64_t id, schema::LogIn::Reader asked, std::unique_ptr<Message> message) {
    const auto account = view(asked.getAccount());
    const auto email = view(asked.getEmail());
    // Nobody can be registered so, and it need not be remembered.
    if (account.size() > rules::account_bytes_max || email.size() > rules::email_bytes_max)
        return reject(id, wrong_log_in);
    const auto name = std::string(account) + "/" + fold_case(email);
    const auto place = network_of(peer_);
    const auto asked_at = std::chrono::steady_clock::now();
    if (const auto wait = service_.throttle.wait({name, place}, asked_at); wait.count() > 0) {
        return reject(id, "too many wrong passwords; try again in " +
                              std::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count()) + " s");
    }
    const auto room = service_.waiting_room.enter(place);
    if (!room) return reject(id, "too many are logging in; try again in a few seconds");
    service_.throttle.begin({name, place}, asked_at);
    logging_in_ = true;
    const RequestKey request{id, ++serials_};
    in_flight_.emplace(id, InFlight{request.serial, message->bytes()});
    bytes_in_flight_ += message->bytes();
    const auto let_in_by = std::make_shared<std::shared_ptr<const Token>>();
    const auto check = [&service = service_, id, let_in_by](Message& from) -> Worked {
        const auto shown = from.root<ClientMessage>().getLogIn();
        const auto person =
            find_person(service.projections, service.secrets.rows, view(shown.getAccount()), view(shown.getEmail()),
                        view(shown.getPassword()), service.limits.password_cost);
        if (!person) return failed(std::string(wrong_log_in));
        const auto issued = issue_log_in(service, *person);
        if (!issued) return not_kept(issued.error());
        if (!has_same_password(service.projections.log(), service.secrets.rows, *person)) {
            (void)service.access.revoke(issued->token->number);  // which nobody else has seen
            return failed(std::string(wrong_log_in));
        }
        *let_in_by = issued->token;
        return answer_token(service.projections, id, *issued);
    };
    const auto done = [this, name, place, room, let_in_by] {
        if (!*let_in_by) return note_offence("a log-in failed");
        logging_in_ = false;
        service_.throttle.succeeded({name, place});
        let_in(*let_in_by);
    };
    run_when_projected(service_.projections.log().last(), service_.hasher, request, std::move(message), check, done);
}

// For what belongs to no account.
bool Session::is_permitted(RequestKey request, rules::Right right) {
    const auto extent = authorize(service_.projections, caller(), "", right);
    if (extent) return true;
    fail(request, extent.error().message, extent.error().rule);
    return false;
}

void Session::issue_token(RequestKey request, std::unique_ptr<Message> message) {
    const auto work = [&service = service_, by = token_, id = request.id](Message& from) -> Worked {
        const auto& caller = by->terms.caller;
        const auto extent = authorize(service.projections, caller, caller.account, rules::Right::manage_tokens);
        if (!extent) return std::unexpected(extent.error());
        const auto now = system_now();
        if (!by->is_good(now)) return failed(std::string(token_is_over));  // since it asked
        const auto terms = terms_of(service.projections, from.root<ClientMessage>().getIssueToken(), *by, now);
        if (!terms) return std::unexpected(terms.error());
        const auto& account = terms->caller.account;
        if (!caller.is_vendor() && has_too_many(service, caller, account, now)) {
            return failed((account.empty() ? "the whole ledger" : account) + " has " +
                          std::to_string(service.limits.tokens_of_account_max) +
                          " tokens; revoke some first (token list, token revoke)");
        }
        const auto issued = service.access.issue(*terms, now);
        if (!issued) return not_kept(issued.error());
        return answer_token(service.projections, id, *issued);
    };
    run_when_projected(service_.projections.log().last(), service_.doorkeeper, request, std::move(message), work, {});
}

void Session::list_tokens(RequestKey request, std::unique_ptr<Message> message) {
    const auto work = [&service = service_, &caller = caller(), id = request.id](Message& from) -> Worked {
        const auto extent = authorize(service.projections, caller, caller.account, rules::Right::manage_tokens);
        if (!extent) return std::unexpected(extent.error());
        const auto asked = from.root<ClientMessage>().getListTokens();
        auto tokens = service.access.tokens(system_now());
        std::erase_if(tokens, [&](const auto& token) {
            return !is_managed_by(*token, caller) ||
                   (asked.hasAccount() && token->terms.caller.account != view(asked.getAccount()));
        });
        return answer_tokens(service.projections, id, tokens);
    };
    run_when_projected(needed_for(0), service_.doorkeeper, request, std::move(message), work, {});
}

void Session::revoke_token(RequestKey request, std::unique_ptr<Message> message) {
    const auto work = [&service = service_, by = token_, id = request.id](Message& from) -> Worked {
        const auto& caller = by->terms.caller;
        const auto extent = authorize(service.projections, caller, caller.account, rules::Right::manage_tokens);
        if (!extent) return std::unexpected(extent.error());
        if (!by->is_good(system_now())) return failed(std::string(token_is_over));
        const auto number = from.root<ClientMessage>().getRevokeToken();
        const auto tokens = service.access.tokens(system_now());
        const auto found = std::ranges::find_if(
            tokens, [&](const auto& token) { return token->number == number && is_managed_by(*token, caller); });
        if (found == tokens.end()) {
            return failed("there is no token " + std::to_string(number) + "; see those that there are (token list)");
        }
        const auto revoked = service.access.revoke(number);
        if (!revoked) return failed("the token could not be revoked: " + revoked.error().message);
        return answer_tokens(service.projections, id, {*found});
    };
    run_when_projected(needed_for(0), service_.doorkeeper, request, std::move(message), work, {});
}

void Session::log_out(RequestKey request, std::unique_ptr<Message> message) {
    if (token_->number == 0) return fail(request, "the vendor's own token cannot be logged out");
    const auto work = [&service = service_, token = token_, id = request.id](Message&) -> Worked {
        const auto revoked = service.access.revoke(token->number);
        if (!revoked) return failed("the token could not be revoked: " + revoked.error().message);
        return answer_tokens(service.projections, id, {token});
    };
    run_on(service_.doorkeeper, request, std::move(message), work);
}

}  // namespace seatledger
