#include <kj/debug.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>

#include "engine/base64.h"
#include "engine/hex.h"
#include "engine/merkle/hash.h"
#include "engine/merkle/note.h"

namespace seatledger::merkle {
namespace {

constexpr char ed25519 = '\x01';  // the type of the signature, as c2sp.org/signed-note numbers them

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, Free>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string_view text_of(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string typed(const PublicKey& key) { return std::string(1, ed25519).append(text_of(key)); }

EVP_PKEY* private_key(const SecretKey& secret) {
    auto* key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret.bytes().data(), secret.bytes().size());
    KJ_REQUIRE(key != nullptr, "OpenSSL has no Ed25519");
    return key;
}

PublicKey public_key_of(const EVP_PKEY* key) {
    PublicKey bytes;
    auto size = bytes.size();
    KJ_REQUIRE(EVP_PKEY_get_raw_public_key(key, bytes.data(), &size) == 1 && size == bytes.size(),
               "OpenSSL failed to compute a public key");
    return bytes;
}

std::unexpected<std::string> no_name() {
    return std::unexpected<std::string>("a key's name must not be empty, nor have spaces or plus signs in it");
}

}  // namespace

VerifierKey::VerifierKey(std::string name, const PublicKey& key) : name_(std::move(name)), key_(key) {
    const auto hash = plain_hash(name_ + "\n" + typed(key_));
    std::copy_n(hash.begin(), id_.size(), id_.begin());
}

std::expected<VerifierKey, std::string> VerifierKey::make(std::string name, const PublicKey& key) {
    if (!is_key_name(name)) return no_name();
    return VerifierKey(std::move(name), key);
}

std::expected<VerifierKey, std::string> VerifierKey::parse(std::string_view text) {
    const auto name_end = text.find('+');
    const auto id_end = name_end == text.npos ? text.npos : text.find('+', name_end + 1);
    if (id_end == text.npos) {
        return std::unexpected("a verifier key is <name>+<8 hexadecimal digits>+<base64>, with nothing around it");
    }
    const auto name = text.substr(0, name_end);
    if (!is_key_name(name)) return no_name();
    const auto bytes = from_base64(text.substr(id_end + 1));
    if (!bytes || bytes->empty()) return std::unexpected("the verifier key does not end with base64");
    if (bytes->front() != ed25519 || bytes->size() != 1 + public_key_bytes) {
        return std::unexpected("the verifier key is not of the only kind that is known here: Ed25519, type 1");
    }
    PublicKey key;
    std::copy(bytes->begin() + 1, bytes->end(), key.begin());
    VerifierKey parsed(std::string(name), key);
    if (parsed.text() != text) return std::unexpected("the verifier key has another id: its text was changed");
    return parsed;
}

std::string VerifierKey::text() const { return name_ + "+" + to_hex(text_of(id_)) + "+" + to_base64(typed(key_)); }

bool VerifierKey::verifies(std::string_view text, std::string_view signature) const {
    const Context context(EVP_MD_CTX_new());
    KJ_REQUIRE(context != nullptr, "OpenSSL has no memory");
    ERR_set_mark();  // that a key or a signature is wrong is no error of this thread's
    const std::unique_ptr<EVP_PKEY, Free> key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key_.data(), key_.size()));
    const bool right =
        key != nullptr && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
        EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text), text.size()) == 1;
    ERR_pop_to_mark();
    return right;
}

SecretKey make_signing_secret(RandomSource& random) {
    SecretKey secret;
    random.fill(secret.bytes());
    return secret;
}

PublicKey public_key_of(const SecretKey& secret) {
    const std::unique_ptr<EVP_PKEY, Free> key(private_key(secret));
    return public_key_of(key.get());
}

std::expected<SigningKey, std::string> SigningKey::make(std::string name, const SecretKey& secret) {
    Key key(private_key(secret));
    auto verifier = VerifierKey::make(std::move(name), public_key_of(key.get()));
    if (!verifier) return std::unexpected(verifier.error());
    return SigningKey(std::move(*verifier), std::move(key));
}

std::string SigningKey::sign(std::string_view text) const {
    const Context context(EVP_MD_CTX_new());
    std::string signature(signature_bytes, '\0');
    auto size = signature.size();
    const bool done = context != nullptr &&
                      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
                      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                                     bytes_of(text), text.size()) == 1 &&
                      size == signature.size();
    KJ_REQUIRE(done, "OpenSSL failed to sign with Ed25519");
    return signature;
}

}  // namespace seatledger::merkle
