// Signed notes (c2sp.org/signed-note) with Ed25519 keys (RFC 8032): a text, a blank line, and lines with signatures,
//
//   — <name of the key> <base64 of the key's id (4 bytes) and the signature>
//
// The text ends with a newline, which is signed, and is UTF-8 without ASCII control characters but newlines.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/random.h"
#include "engine/vault/cipher.h"

namespace seatledger::merkle {

// Verifiers must take 16 signatures at least, and may refuse more than they care for.
constexpr std::size_t note_bytes_max = 1'000'000;
constexpr std::size_t note_signatures_max = 100;

constexpr std::size_t public_key_bytes = 32;
constexpr std::size_t signature_bytes = 64;

using PublicKey = std::array<std::uint8_t, public_key_bytes>;
using KeyId = std::array<std::uint8_t, 4>;

// Not empty, UTF-8, and without plus signs, Unicode spaces and ASCII control characters.
[[nodiscard]] bool is_key_name(std::string_view name);

// UTF-8 that ends with a newline, without any other ASCII control character.
[[nodiscard]] bool is_note_text(std::string_view text);

// ---- Keys.

// By which signatures are verified, and which anybody may know. Any thread.
class VerifierKey {
 public:
    // Fails if `name` is no name of a key.
    [[nodiscard]] static std::expected<VerifierKey, std::string> make(std::string name, const PublicKey& key);
    // Takes what text() gives and nothing else: no newline, no other kinds of keys. The error says what is wrong.
    [[nodiscard]] static std::expected<VerifierKey, std::string> parse(std::string_view text);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const PublicKey& public_key() const { return key_; }
    // The first bytes of SHA-256(name ‖ newline ‖ 0x01 ‖ public key).
    [[nodiscard]] const KeyId& id() const { return id_; }
    // "<name>+<id as 8 hexadecimal digits>+<base64 of 0x01 and the public key>"
    [[nodiscard]] std::string text() const;

    // Whether these are the 64 bytes by which the owner of the key signed the text. Cost: a tenth of a millisecond.
    [[nodiscard]] bool verifies(std::string_view text, std::string_view signature) const;

    bool operator==(const VerifierKey&) const = default;

 private:
    VerifierKey(std::string name, const PublicKey& key);

    std::string name_;
    PublicKey key_;
    KeyId id_;
};

// A new secret for a SigningKey (RFC 8032, section 5.1.5: any 32 random bytes are one). A kj::Exception where there are
// no random bytes.
[[nodiscard]] SecretKey make_signing_secret(RandomSource& random);

[[nodiscard]] PublicKey public_key_of(const SecretKey& secret);

// Signs. Its secret is wiped from memory when it goes. Any thread.
class SigningKey {
 public:
    // Fails if `name` is no name of a key.
    [[nodiscard]] static std::expected<SigningKey, std::string> make(std::string name, const SecretKey& secret);

    [[nodiscard]] const VerifierKey& verifier() const { return verifier_; }

    // 64 bytes, the same for the same text. Cost: less than a tenth of a millisecond.
    [[nodiscard]] std::string sign(std::string_view text) const;

 private:
    struct Free {
        void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    };
    using Key = std::unique_ptr<EVP_PKEY, Free>;

    SigningKey(VerifierKey verifier, Key key) : verifier_(std::move(verifier)), key_(std::move(key)) {}

    VerifierKey verifier_;
    Key key_;
};

// ---- Notes.

struct NoteSignature {
    std::string name;  // of the key
    KeyId id{};
    std::string signature;  // what follows the id; one byte or more

    bool operator==(const NoteSignature&) const = default;
};

// As it was read: nothing in it is verified.
struct Note {
    std::string text;
    std::vector<NoteSignature> signatures;  // 1 to note_signatures_max

    bool operator==(const Note&) const = default;
};

[[nodiscard]] std::string format(const Note& note);

// Takes what format() gives and nothing else. The error says what is wrong.
[[nodiscard]] std::expected<Note, std::string> parse_note(std::string_view text);

// The note with this text, which is_note_text(), and one signature.
[[nodiscard]] std::string sign_note(std::string_view text, const SigningKey& key);

// The text of a note, once it is verified: each signature by one of these keys must be right, and there must be one.
// Those by other keys are passed over. The error says what is wrong. Cost: a tenth of a millisecond for each that is
// verified.
[[nodiscard]] std::expected<std::string, std::string> open_note(std::string_view note,
                                                                std::span<const VerifierKey> keys);

}  // namespace seatledger::merkle
