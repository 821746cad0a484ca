// The key and the note with which golang.org/x/mod/sumdb/note documents itself, and what to do to texts that nobody
// should take.
#pragma once

#include <random>
#include <string>
#include <string_view>

#include "engine/base64.h"
#include "engine/merkle/note.h"

namespace seatledger::testing {

inline constexpr std::string_view peters_verifier =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
inline constexpr std::string_view peters_text =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
inline constexpr std::string_view peters_note =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

// The secret of that key, which everybody knows.
[[nodiscard]] inline SecretKey peters_secret() {
    const auto bytes = from_base64("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz").value();
    SecretKey secret;
    std::copy(bytes.begin() + 1, bytes.end(), secret.bytes().begin());  // behind its type
    return secret;
}

[[nodiscard]] inline merkle::SigningKey signing_key(const std::string& name, std::uint64_t seed) {
    const auto random = make_seeded_random(seed);
    return merkle::SigningKey::make(name, merkle::make_signing_secret(*random)).value();
}

// The text with a few bytes changed, taken out, put in or doubled.
[[nodiscard]] inline std::string mutated(std::string text, std::mt19937_64& random) {
    using namespace std::string_view_literals;
    static constexpr std::string_view letters = "\n\n =+/-0129Aaz\0\t\r\x7F\x80\xE2\xC2"sv;
    for (auto changes = 1 + random() % 3; changes > 0 && !text.empty(); --changes) {
        const auto at = random() % text.size();
        const auto letter = letters[random() % letters.size()];
        switch (random() % 5) {
            case 0: text[at] = letter; break;
            case 1: text.erase(at, 1 + random() % 3); break;
            case 2: text.insert(at, 1, letter); break;
            case 3: text.insert(at, text.substr(random() % text.size(), random() % 60)); break;
            default: text.resize(at); break;
        }
    }
    return text;
}

}  // namespace seatledger::testing
