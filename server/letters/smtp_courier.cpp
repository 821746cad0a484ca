#include "server/letters/smtp_courier.h"

#include <curl/curl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <utility>

#include "server/letters/letter_text.h"
#include "server/letters/mime.h"

namespace seatledger {
namespace {

constexpr std::size_t reply_bytes_max = 200;
constexpr std::size_t reply_codes_max = 15;  // 550 5.999.999

// What was said last: the client's command (its first word only, for what follows may be a password) and the server's
// reply to it. The end of the conversation does not count: libcurl says it after a refusal.
struct Conversation {
    std::string command;
    std::string reply;  // its lines as one, with one code in front
    bool reply_goes_on = false;
    bool has_ended = false;

    void hear_client(std::string_view line) {
        constexpr std::array<std::string_view, 7> known = {"EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"};
        const auto word = line.substr(0, line.find_first_of(" \r\n"));
        has_ended = has_ended || word == "QUIT";
        if (has_ended) return;
        if (std::ranges::find(known, word) != known.end()) command = word;  // else a further line of AUTH
        reply.clear();
        reply_goes_on = false;
    }

    void hear_server(std::string_view line) {
        if (has_ended) return;
        line = line.substr(0, line.find_first_of("\r\n"));
        if (!reply_goes_on) {
            reply = line;
        } else if (reply.size() < reply_bytes_max && line.size() > 4) {
            reply.append(" ").append(line.substr(4));
        }
        reply_goes_on = line.size() > 3 && line[3] == '-';
    }

    // 550 and the like; 0 if there was no reply.
    [[nodiscard]] int code() const { return std::atoi(reply.substr(0, 3).c_str()); }
};

// Takes off the front of the message what libcurl has room for.
std::size_t read_message(char* buffer, std::size_t size, std::size_t count, void* message) {
    auto& rest = *static_cast<std::string_view*>(message);
    const auto taken = rest.copy(buffer, size * count);
    rest.remove_prefix(taken);
    return taken;
}

int listen_in(CURL*, curl_infotype type, char* data, std::size_t size, void* conversation) {
    auto& said = *static_cast<Conversation*>(conversation);
    if (type == CURLINFO_HEADER_OUT) said.hear_client({data, size});
    if (type == CURLINFO_HEADER_IN) said.hear_server({data, size});
    return 0;
}

// Called at least once a second while a letter is on its way; other than 0 ends it.
int has_stopped(void* stopped, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return *static_cast<std::atomic<bool>*>(stopped) ? 1 : 0;
}

// As a message may show it: one line, not long, and without addresses, which servers like to repeat.
std::string shown(std::string_view reply) {
    auto line = on_one_line(reply.substr(0, reply_bytes_max));
    if (line.size() > 3 && line[3] == '-') line[3] = ' ';
    std::string result;
    for (std::size_t at = 0; at < line.size();) {
        const auto end = std::min(line.find(' ', at), line.size());
        const auto word = line.substr(at, end - at);
        if (!result.empty()) result += ' ';
        result += word.find('@') == word.npos ? word : "(address)";
        at = end + 1;
    }
    return result;
}

// 550 5.1.1 (RFC 5321, section 4.2; RFC 3463)
std::string codes_of(std::string_view reply) {
    const auto end = reply.find_first_not_of("0123456789.", std::min<std::size_t>(4, reply.size()));
    auto codes = std::string(reply.substr(0, std::min({end, reply.size(), reply_codes_max})));
    if (codes.size() > 3) codes[3] = ' ';
    while (codes.ends_with(' ')) codes.pop_back();
    return codes;
}

struct UrlParts {
    bool is_tls = false;
    std::string where;
    std::string user;
    std::string password;
    std::string url;  // without those
};

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
    char* text = nullptr;
    if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
    std::string result(text);
    curl_free(text);
    return result;
}

// The URL itself is not repeated: there may be a password in it.
std::expected<UrlParts, std::string> parse_url(const std::string& text) {
    const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), curl_url_cleanup);
    const auto is_read = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK;
    const auto scheme = part_of(url.get(), CURLUPART_SCHEME);
    if (!is_read || (scheme != "smtp" && scheme != "smtps")) {
        return std::unexpected("the mail server's URL is neither smtp://host:port nor smtps://host:port");
    }
    UrlParts parts;
    parts.is_tls = scheme == "smtps";
    parts.where = part_of(url.get(), CURLUPART_HOST) + ":" + part_of(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
    parts.user = part_of(url.get(), CURLUPART_USER, CURLU_URLDECODE);
    parts.password = part_of(url.get(), CURLUPART_PASSWORD, CURLU_URLDECODE);
    curl_url_set(url.get(), CURLUPART_USER, nullptr, 0);
    curl_url_set(url.get(), CURLUPART_PASSWORD, nullptr, 0);
    parts.url = part_of(url.get(), CURLUPART_URL);
    return parts;
}

// Refusals that no letter is to blame for: the server wants a log-in, another one, or TLS (RFC 4954, section 6).
bool is_about_log_in(int code) { return code == 530 || code == 534 || code == 535 || code == 538; }

std::string advice(CURLcode error, const Conversation& said) {
    switch (error) {
        case CURLE_COULDNT_RESOLVE_HOST: return "check the server's name, and the name service";
        case CURLE_COULDNT_CONNECT: return "check that the mail server runs there";
        case CURLE_OPERATION_TIMEDOUT: return "check the mail server and the way to it";
        case CURLE_USE_SSL_FAILED:
            return "it offers no STARTTLS, which is required: use smtps://, or allow log-in in the clear";
        case CURLE_PEER_FAILED_VERIFICATION: return "check its certificate, or name the authority that signed it";
        case CURLE_SSL_CACERT_BADFILE: return "check the file of certificate authorities";
        case CURLE_ABORTED_BY_CALLBACK: return "it is sent after the next start";
        case CURLE_LOGIN_DENIED: return "check user and password";
        default: break;
    }
    if (is_about_log_in(said.code())) return "it wants a log-in, or another one: check user and password";
    if (said.command == "MAIL") return "check the address that letters are sent from";
    return "see the mail server's log";
}

}  // namespace

struct SmtpCourier::Connection {
    Connection() {
        curl_global_init(CURL_GLOBAL_DEFAULT);  // counted, and safe on any thread
        handle = curl_easy_init();
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() {
        curl_easy_cleanup(handle);
        curl_global_cleanup();
    }

    CURL* handle = nullptr;
    std::array<char, CURL_ERROR_SIZE> error{};
    Conversation said;
};

SmtpCourier::SmtpCourier(std::unique_ptr<Connection> connection, std::string where)
    : connection_(std::move(connection)), where_(std::move(where)) {
    curl_easy_setopt(connection_->handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(connection_->handle, CURLOPT_XFERINFOFUNCTION, has_stopped);
    curl_easy_setopt(connection_->handle, CURLOPT_XFERINFODATA, &stopped_);
}

SmtpCourier::~SmtpCourier() = default;

std::expected<std::unique_ptr<SmtpCourier>, std::string> SmtpCourier::open(const SmtpOptions& options) {
    const auto url = parse_url(options.url);
    if (!url) return std::unexpected(url.error());
    const bool names_user = !url->user.empty() || !url->password.empty();
    if (names_user && (!options.user.empty() || !options.password.empty())) {
        return std::unexpected("the mail server's URL has a user or a password beside the ones given; leave one out");
    }
    const auto& user = names_user ? url->user : options.user;
    const auto& password = names_user ? url->password : options.password;
    if (!options.ca_file.empty() && !std::ifstream(options.ca_file)) {
        return std::unexpected("cannot read the certificate authorities in " + options.ca_file);
    }
    auto connection = std::make_unique<Connection>();
    auto* const handle = connection->handle;
    if (handle == nullptr) return std::unexpected("libcurl cannot be used: no memory");
    const auto starttls = options.starttls.value_or(user.empty() ? StartTls::if_offered : StartTls::required);
    const bool is_trusted_unseen = !url->is_tls && starttls == StartTls::if_offered && options.ca_file.empty();

    curl_easy_setopt(handle, CURLOPT_URL, url->url.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(handle, CURLOPT_PROXY, "");     // whatever the environment says
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);  // there are other threads
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, read_message);
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, connection->error.data());
    curl_easy_setopt(handle, CURLOPT_VERBOSE, 1L);  // to listen_in, and nowhere else
    curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, listen_in);
    curl_easy_setopt(handle, CURLOPT_DEBUGDATA, &connection->said);

    constexpr std::array use_ssl = {CURLUSESSL_NONE, CURLUSESSL_TRY, CURLUSESSL_ALL};
    curl_easy_setopt(handle, CURLOPT_USE_SSL, static_cast<long>(use_ssl[static_cast<std::size_t>(starttls)]));
    curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));  // or later
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, is_trusted_unseen ? 0L : 1L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, is_trusted_unseen ? 0L : 2L);
    if (!options.ca_file.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, options.ca_file.c_str());
    if (!user.empty()) {
        curl_easy_setopt(handle, CURLOPT_USERNAME, user.c_str());
        curl_easy_setopt(handle, CURLOPT_PASSWORD, password.c_str());
    }

    const auto stall_seconds = static_cast<long>(options.stall_timeout.count());
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(options.total_timeout.count()));
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);  // bytes a second
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, stall_seconds);
    curl_easy_setopt(handle, CURLOPT_SERVER_RESPONSE_TIMEOUT, stall_seconds);
    return std::unique_ptr<SmtpCourier>(new SmtpCourier(std::move(connection), url->where));
}

std::expected<void, DeliveryFailure> SmtpCourier::deliver(const MailEnvelope& envelope, const std::string& message,
                                                          const std::string&) {
    const auto from = addr_spec(envelope.from);
    const auto to = addr_spec(envelope.to);
    if (!from) return std::unexpected(DeliveryFailure{"letters have no address to be sent from; check it"});
    if (!to)
        return std::unexpected(
            DeliveryFailure{"no mail server takes an address like this one; correct it", true, true});

    auto* const handle = connection_->handle;
    std::string_view rest = message;
    const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> recipients(
        curl_slist_append(nullptr, ("<" + *to + ">").c_str()), curl_slist_free_all);
    curl_easy_setopt(handle, CURLOPT_MAIL_FROM, ("<" + *from + ">").c_str());
    curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, recipients.get());
    curl_easy_setopt(handle, CURLOPT_READDATA, &rest);
    curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(message.size()));
    connection_->error[0] = '\0';
    connection_->said = {};
    const auto result = curl_easy_perform(handle);
    curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, nullptr);
    if (result == CURLE_OK) return {};
    // libcurl 7.88 goes on with a connection on which the answer to a letter was waited for in vain. Whatever that
    // answer is, it would be taken for the next letter's.
    curl_socket_t socket = CURL_SOCKET_BAD;
    if (curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK && socket != CURL_SOCKET_BAD) {
        ::shutdown(socket, SHUT_RDWR);
    }
    return std::unexpected(failure(result));
}

DeliveryFailure SmtpCourier::failure(int result) const {
    const auto error = static_cast<CURLcode>(result);
    const auto& said = connection_->said;
    const auto code = said.code();
    const bool is_refusal = code >= 400 && code <= 599;
    if (is_refusal && !is_about_log_in(code) && (said.command == "RCPT" || said.command == "DATA")) {
        const bool permanent = code >= 500;
        const auto what = said.command == "RCPT" ? " refused the recipient" : " refused the letter";
        const auto to_do =
            permanent ? "; correct the address, or ask who runs the server" : "; it is asked again later";
        // Words may name whom it is to, and not only by the address.
        return {where_ + what + ": " + codes_of(said.reply) + to_do, permanent, code != 421};
    }
    std::string why = is_refusal ? shown(said.reply) : on_one_line(connection_->error.data());
    while (why.ends_with('.')) why.pop_back();
    const auto what = is_refusal ? " refused " + said.command + ": " : ": ";
    return {where_ + what + (why.empty() ? curl_easy_strerror(error) : why) + "; " + advice(error, said)};
}

}  // namespace seatledger
