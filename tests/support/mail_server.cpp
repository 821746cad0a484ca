#include "tests/support/mail_server.h"

#include <netinet/in.h>
#include <openssl/evp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "tests/support/catch.h"
#include "tests/support/source_tree.h"

namespace seatledger::testing {
namespace {

std::vector<std::string> command_of(const std::optional<Certificate>& certificate) {
    std::vector<std::string> command = {python, "-B", source_path("tests/support/smtp_server.py").string()};
    if (certificate) {
        command.push_back(certificate->certificate.string());
        command.push_back(certificate->key.string());
    }
    return command;
}

std::vector<std::string> texts_of(const boost::json::value& list) {
    std::vector<std::string> texts;
    for (const auto& text : list.as_array()) texts.emplace_back(text.as_string());
    return texts;
}

std::string from_base64(const std::string& base64) {
    std::string bytes(base64.size(), '\0');
    const auto size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(base64.data()), static_cast<int>(base64.size()));
    REQUIRE(size >= 0);
    bytes.resize(static_cast<std::size_t>(size) - static_cast<std::size_t>(std::ranges::count(base64, '=')));
    return bytes;
}

}  // namespace

Certificate make_certificate(const std::filesystem::path& directory) {
    const Certificate made{directory / "certificate.pem", directory / "key.pem"};
    const auto key = made.key.string();
    static_cast<void>(output_of(
        {"openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-out", key}));
    static_cast<void>(output_of({"openssl", "req", "-x509", "-new", "-key", key, "-days", "2", "-subj", "/CN=localhost",
                                 "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out",
                                 made.certificate.string()}));
    return made;
}

MailServer::MailServer(const std::optional<Certificate>& certificate)
    : process_(command_of(certificate)), ports_(process_.read_line()) {}

std::string MailServer::url(const std::string& kind) const {
    return (kind.starts_with("smtps") ? "smtps" : "smtp") + ("://127.0.0.1:" + std::to_string(port(kind)));
}

std::uint16_t MailServer::port(const std::string& kind) const {
    return boost::json::value_to<std::uint16_t>(boost::json::parse(ports_).at(kind));
}

ReceivedLetter MailServer::receive() {
    const auto json = boost::json::parse(process_.read_line());
    ReceivedLetter letter;
    letter.from = json.at("from").as_string();
    letter.to = texts_of(json.at("to"));
    letter.options = texts_of(json.at("options"));
    letter.has_tls = json.at("tls").as_bool();
    if (json.at("user").is_string()) letter.user = json.at("user").as_string().c_str();
    letter.connection = boost::json::value_to<int>(json.at("connection"));
    letter.message = from_base64(json.at("message").as_string().c_str());
    return letter;
}

SilentServer::SilentServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_, 8) == 0);
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
}

SilentServer::~SilentServer() { shut(); }

void SilentServer::shut() {
    if (listener_ >= 0) ::close(std::exchange(listener_, -1));
}

}  // namespace seatledger::testing
