#include "engine/notary/signing_key_file.h"

#include "engine/merkle/checkpoint.h"
#include "engine/vault/secret_key_file.h"

namespace seatledger {

std::expected<merkle::SigningKey, std::string> open_signing_key(const std::filesystem::path& file,
                                                                const std::string& origin, RandomSource& random) {
    if (!origin.empty() && !merkle::is_key_name(origin)) {
        return std::unexpected("\"" + origin +
                               "\" cannot be the origin of checkpoints: give a name without spaces and plus signs, "
                               "such as ledger.example.com");
    }
    auto secret = read_secret_key(file, "a signing key");
    if (!secret) return std::unexpected(secret.error());
    if (!*secret) {
        *secret = merkle::make_signing_secret(random);
        if (auto written = write_secret_key(file, **secret); !written) return std::unexpected(written.error());
    }
    return merkle::SigningKey::make(origin.empty() ? merkle::default_origin(merkle::public_key_of(**secret)) : origin,
                                    **secret);
}

}  // namespace seatledger
