#include "tools/dossier/dossier_directory.h"

#include <cerrno>
#include <fstream>
#include <set>

#include "engine/files.h"
#include "tools/dossier/dossier_files.h"
#include "tools/dossier/dossier_json.h"

namespace seatledger {
namespace {

namespace fs = std::filesystem;
using Failed = std::unexpected<std::string>;

// Nobody is to fill our memory with a file that they sent.
constexpr std::uintmax_t file_bytes_max = std::uintmax_t{1} << 30;

std::expected<void, std::string> write(const fs::path& path, const std::string& bytes) {
    errno = 0;
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << bytes;
    out.close();
    if (!out) return Failed(cannot("write", path, errno));
    return {};
}

std::expected<std::string, std::string> read(const fs::path& folder, const std::string& name) {
    const auto path = folder / name;
    std::error_code failed;
    if (const auto size = fs::file_size(path, failed); !failed && size > file_bytes_max) {
        return Failed(path.string() + " is larger than any file of a dossier");
    }
    auto bytes = read_file(path);
    if (!bytes) return Failed(bytes.error());
    if (!*bytes) return Failed("the file " + name + " is missing");
    return std::move(**bytes);
}

// The first file of the folder that is not among these; empty: there is none.
std::expected<std::string, std::string> find_other(const fs::path& folder, const std::set<std::string>& names) {
    std::error_code failed;
    std::string other;
    for (fs::directory_iterator at(folder, failed); !failed && at != fs::directory_iterator(); at.increment(failed)) {
        const auto name = at->path().filename().string();
        const bool is_known = names.contains(name) && at->symlink_status().type() == fs::file_type::regular;
        if (!is_known && (other.empty() || name < other)) other = name;
    }
    if (failed) return Failed("cannot read " + folder.string() + ": " + failed.message());
    return other;
}

}  // namespace

std::expected<void, std::string> expect_nothing_in(const fs::path& folder) {
    std::error_code failed;
    const auto status = fs::status(folder, failed);
    if (status.type() == fs::file_type::not_found) return {};
    if (!fs::is_directory(status)) return Failed(folder.string() + " is there and no folder; name another");
    const bool is_empty = fs::is_empty(folder, failed);
    if (failed) return Failed("cannot read " + folder.string() + ": " + failed.message());
    if (!is_empty) return Failed("something lies in " + folder.string() + " already; name another folder");
    return {};
}

std::expected<void, std::string> write_dossier(const fs::path& folder, const DossierFolder& dossier) {
    if (auto empty = expect_nothing_in(folder); !empty) return empty;
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed) return Failed("cannot make " + folder.string() + ": " + failed.message());
    for (const auto& entry : dossier.inputs.entries) {
        if (auto done = write(folder / entry_file(entry.sequence), entry.bytes); !done) return done;
        if (auto done = write(folder / proof_file(entry.sequence), entry.proof); !done) return done;
    }
    if (auto done = write(folder / dossier_checkpoint_file, dossier.inputs.checkpoint); !done) return done;
    if (auto done = write(folder / dossier_html_file, dossier.html); !done) return done;
    return write(folder / dossier_json_file, dossier.json);
}

std::expected<DossierFolder, std::string> read_dossier(const fs::path& folder) {
    std::error_code failed;
    if (!fs::is_directory(folder, failed)) return Failed("there is no folder " + folder.string());
    DossierFolder dossier;
    const auto take = [&](const std::string& name, std::string& to) -> std::expected<void, std::string> {
        auto bytes = read(folder, name);
        if (!bytes) return Failed(bytes.error());
        to = std::move(*bytes);
        return {};
    };
    if (auto taken = take(dossier_json_file, dossier.json); !taken) return Failed(taken.error());
    auto inputs = parse_dossier_inputs(dossier.json);
    if (!inputs) return Failed(std::string(dossier_json_file) + " cannot be read: " + inputs.error());
    dossier.inputs = std::move(*inputs);
    std::set<std::string> names{dossier_json_file, dossier_html_file, dossier_checkpoint_file};
    for (const auto& entry : dossier.inputs.entries) {
        names.insert(entry_file(entry.sequence));
        names.insert(proof_file(entry.sequence));
    }
    const auto other = find_other(folder, names);
    if (!other) return Failed(other.error());
    if (!other->empty()) return Failed("the file " + *other + " is none of the dossier's");
    if (auto taken = take(dossier_html_file, dossier.html); !taken) return Failed(taken.error());
    if (auto taken = take(dossier_checkpoint_file, dossier.inputs.checkpoint); !taken) return Failed(taken.error());
    for (auto& entry : dossier.inputs.entries) {
        if (auto taken = take(entry_file(entry.sequence), entry.bytes); !taken) return Failed(taken.error());
        if (auto taken = take(proof_file(entry.sequence), entry.proof); !taken) return Failed(taken.error());
    }
    return dossier;
}

}  // namespace seatledger
