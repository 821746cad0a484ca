#include "engine/vault/cipher.h"

#include <kj/debug.h>
#include <openssl/evp.h>

#include <cstring>
#include <limits>
#include <memory>

namespace seatledger {
namespace {

struct Free {
    void operator()(EVP_CIPHER* cipher) const { EVP_CIPHER_free(cipher); }
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, Free>;

// Looking for an algorithm costs more than encrypting with it: a context that has it is kept, and given other keys.
Context make_context(bool encrypts) {
    const std::unique_ptr<EVP_CIPHER, Free> cipher(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr));
    Context context(EVP_CIPHER_CTX_new());
    KJ_REQUIRE(cipher != nullptr && context != nullptr, "OpenSSL has no AES-256-GCM");
    KJ_REQUIRE(EVP_CipherInit_ex2(context.get(), cipher.get(), nullptr, nullptr, encrypts ? 1 : 0, nullptr) == 1,
               "OpenSSL refuses AES-256-GCM");
    return context;
}

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

int length(std::string_view text) {
    KJ_REQUIRE(text.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()), text.size());
    return static_cast<int>(text.size());
}

}  // namespace

std::string encrypt(const SecretKey& key, const Nonce& nonce, std::string_view associated, std::string_view clear) {
    thread_local const Context context = make_context(true);
    std::string box(box_overhead_bytes + clear.size(), '\0');
    std::memcpy(box.data(), nonce.data(), nonce.size());
    auto* const ciphertext = bytes_of(box) + nonce_bytes;
    int written = 0;
    const bool done =
        EVP_EncryptInit_ex2(context.get(), nullptr, key.bytes().data(), nonce.data(), nullptr) == 1 &&
        EVP_EncryptUpdate(context.get(), nullptr, &written, bytes_of(associated), length(associated)) == 1 &&
        EVP_EncryptUpdate(context.get(), ciphertext, &written, bytes_of(clear), length(clear)) == 1 &&
        EVP_EncryptFinal_ex(context.get(), ciphertext + clear.size(), &written) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_bytes, ciphertext + clear.size()) == 1;
    KJ_REQUIRE(done, "OpenSSL failed to encrypt");
    return box;
}

std::optional<std::string> decrypt(const SecretKey& key, std::string_view associated, std::string_view box) {
    if (box.size() < box_overhead_bytes) return std::nullopt;
    thread_local const Context context = make_context(false);
    const auto ciphertext = box.substr(nonce_bytes, box.size() - box_overhead_bytes);
    std::array<unsigned char, tag_bytes> tag;
    std::memcpy(tag.data(), box.data() + box.size() - tag_bytes, tag_bytes);
    std::string clear(ciphertext.size(), '\0');
    int written = 0;
    const bool done =
        EVP_DecryptInit_ex2(context.get(), nullptr, key.bytes().data(), bytes_of(box), nullptr) == 1 &&
        EVP_DecryptUpdate(context.get(), nullptr, &written, bytes_of(associated), length(associated)) == 1 &&
        EVP_DecryptUpdate(context.get(), bytes_of(clear), &written, bytes_of(ciphertext), length(ciphertext)) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, tag_bytes, tag.data()) == 1;
    KJ_REQUIRE(done, "OpenSSL failed to decrypt");
    if (EVP_DecryptFinal_ex(context.get(), bytes_of(clear) + clear.size(), &written) != 1) return std::nullopt;
    return clear;
}

}  // namespace seatledger
