// seatledger vault: the keys by which personal data is sealed.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "engine/vault/rotation.h"
#include "server/data_directory.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"

namespace seatledger {
namespace {

struct Rotation {
    std::string data;
    std::optional<std::filesystem::path> master_key_file;
    std::optional<std::filesystem::path> new_master_key_file;
};

Outcome rotate_keys(const Rotation& rotation) {
    std::error_code ignored;
    if (!std::filesystem::exists(std::filesystem::path(rotation.data) / "format", ignored)) {
        return std::unexpected(Problem("there is no ledger in " + rotation.data +
                                       ": give the directory that a server was started with (serve --data DIR)"));
    }
    const auto directory = DataDirectory::open(rotation.data);
    if (!directory) return std::unexpected(Problem(directory.error()));
    const auto before = MasterKeySource::usual(rotation.master_key_file);
    const auto after =
        rotation.new_master_key_file ? MasterKeySource::file(*rotation.new_master_key_file) : MasterKeySource::own();
    const auto rotated = rotate(directory->vault(), before, after);
    if (!rotated) return std::unexpected(Problem(rotated.error()));
    std::printf("master key %s took the place of %s: %llu keys wrapped anew, %llu were destroyed before\n",
                to_text(rotated->after).c_str(), to_text(rotated->before).c_str(),
                static_cast<unsigned long long>(rotated->keys - rotated->destroyed),
                static_cast<unsigned long long>(rotated->destroyed));
    return Status::done;
}

}  // namespace

void add_vault(CLI::App& program, Action& action) {
    auto& command = *program.add_subcommand("vault", "The keys by which personal data is sealed");
    command.require_subcommand(1);
    auto& rotate = *command.add_subcommand("rotate", "Wrap all keys by another master key");
    rotate.footer(
        "While no server runs. What the old master key opened is then in no file any more. Without "
        "--new-master-key-file\n"
        "the data directory gets a new one of its own.\n"
        "Examples:\n"
        "  seatledger vault rotate --data ledger\n"
        "  seatledger vault rotate --data ledger --new-master-key-file /etc/seatledger/master.key");
    const auto rotation = std::make_shared<Rotation>();
    rotate.add_option("--data", rotation->data, "The data directory")->type_name("DIR")->required();
    add_master_key_option(rotate, rotation->master_key_file);
    rotate
        .add_option("--new-master-key-file", rotation->new_master_key_file,
                    "64 hexadecimal digits and a newline, readable by you only")
        ->type_name("FILE");
    rotate.callback([&action, rotation] { action = [rotation] { return rotate_keys(*rotation); }; });
}

}  // namespace seatledger
