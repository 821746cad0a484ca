#include "tools/dossier/dossier_directory.h"

#include <cerrno>
#include <fstream>
#include <set>

#include "engine/files.h"
#include "events/block.h"
#include "tools/dossier/dossier_files.h"
#include "tools/dossier/dossier_json.h"

namespace seatledger {
namespace {

namespace fs = std::filesystem;
using Failed = std::unexpected<std::string>;

// Nobody is to fill our memory with what they sent.
constexpr std::uintmax_t file_bytes_max = std::uintmax_t{1} << 30;
constexpr std::uintmax_t proof_bytes_max = std::uintmax_t{1} << 16;  // 64 hashes and a note

std::expected<void, std::string> write(const fs::path& path, const std::string& bytes) {
    errno = 0;
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << bytes;
    out.close();
    if (!out) return Failed(cannot("write", path, errno));
    return {};
}

std::expected<std::string, std::string> read(const fs::path& folder, const std::string& name,
                                             std::uintmax_t bytes_max) {
    const auto path = folder / name;
    std::error_code failed;
    const auto type = fs::symlink_status(path, failed).type();
    if (type == fs::file_type::not_found) return Failed("the file " + name + " is missing");
    if (type != fs::file_type::regular) return Failed(name + " is no plain file");
    if (const auto size = fs::file_size(path, failed); !failed && size > bytes_max) {
        return Failed(name + " is larger than such a file of a dossier can be");
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

std::expected<void, std::string> write_files(const fs::path& folder, const DossierFolder& dossier) {
    for (const auto& entry : dossier.inputs.entries) {
        if (auto done = write(folder / entry_file(entry.sequence), entry.bytes); !done) return done;
        if (auto done = write(folder / proof_file(entry.sequence), entry.proof); !done) return done;
    }
    if (auto done = write(folder / dossier_checkpoint_file, dossier.inputs.checkpoint); !done) return done;
    if (dossier.inputs.bill) {
        if (auto done = write(folder / dossier_bill_file, *dossier.inputs.bill); !done) return done;
    }
    if (auto done = write(folder / dossier_html_file, dossier.html); !done) return done;
    return write(folder / dossier_json_file, dossier.json);
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
    // A name with a slash at its end has no last part.
    auto made = folder.has_filename() ? folder : folder.parent_path();
    made += ".new";
    if (auto empty = expect_nothing_in(made); !empty) return empty;
    std::error_code failed;
    fs::create_directory(made, failed);
    if (failed) return Failed("cannot make " + made.string() + ": " + failed.message());
    auto done = write_files(made, dossier);
    if (done) {
        fs::rename(made, folder, failed);
        if (failed) done = Failed("cannot make " + folder.string() + ": " + failed.message());
    }
    if (!done) fs::remove_all(made, failed);
    return done;
}

std::expected<DossierFolder, std::string> read_dossier(const fs::path& folder) {
    std::error_code failed;
    if (!fs::is_directory(folder, failed)) return Failed("there is no folder " + folder.string());
    DossierFolder dossier;
    const auto take = [&](const std::string& name, std::string& to,
                          std::uintmax_t bytes_max = file_bytes_max) -> std::expected<void, std::string> {
        auto bytes = read(folder, name, bytes_max);
        if (!bytes) return Failed(bytes.error());
        to = std::move(*bytes);
        return {};
    };
    if (auto taken = take(dossier_json_file, dossier.json); !taken) return Failed(taken.error());
    auto inputs = parse_dossier_inputs(dossier.json);
    if (!inputs) return Failed(std::string(dossier_json_file) + " cannot be read: " + inputs.error());
    dossier.inputs = std::move(*inputs);
    if (dossier.inputs.entries.size() > dossier_events_max) {
        return Failed("it names " + std::to_string(dossier.inputs.entries.size()) + " events, and a dossier has " +
                      std::to_string(dossier_events_max) + " at most");
    }
    std::set<std::string> names{dossier_json_file, dossier_html_file, dossier_checkpoint_file};
    if (dossier.inputs.bill) names.insert(dossier_bill_file);
    for (const auto& entry : dossier.inputs.entries) {
        names.insert(entry_file(entry.sequence));
        names.insert(proof_file(entry.sequence));
    }
    const auto other = find_other(folder, names);
    if (!other) return Failed(other.error());
    if (!other->empty()) return Failed("the file " + *other + " is none of the dossier's");
    if (auto taken = take(dossier_html_file, dossier.html); !taken) return Failed(taken.error());
    if (auto taken = take(dossier_checkpoint_file, dossier.inputs.checkpoint, proof_bytes_max); !taken)
        return Failed(taken.error());
    if (dossier.inputs.bill) {
        if (auto taken = take(dossier_bill_file, *dossier.inputs.bill); !taken) return Failed(taken.error());
    }
    for (auto& entry : dossier.inputs.entries) {
        if (auto taken = take(entry_file(entry.sequence), entry.bytes, event_bytes_max); !taken)
            return Failed(taken.error());
        if (auto taken = take(proof_file(entry.sequence), entry.proof, proof_bytes_max); !taken)
            return Failed(taken.error());
    }
    return dossier;
}

}  // namespace seatledger
