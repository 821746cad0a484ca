// A dossier as a flat folder of files (dossier_files.h), which can be sent as it is.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "tools/dossier/dossier_inputs.h"

namespace seatledger {

struct DossierFolder {
    DossierInputs inputs;
    std::string json;
    std::string html;
};

// Makes the folder, in which there must be nothing yet, whole or not at all. Its parent must be there. Fails, in one
// line, if something lies there or cannot be written.
[[nodiscard]] std::expected<void, std::string> write_dossier(const std::filesystem::path& folder,
                                                             const DossierFolder& dossier);

// Whether nothing lies there yet; if something does, the error says so.
[[nodiscard]] std::expected<void, std::string> expect_nothing_in(const std::filesystem::path& folder);

// Reads it; believes and checks nothing but that its files are those that dossier.json names, and no others. Fails, in
// one line that names the file.
[[nodiscard]] std::expected<DossierFolder, std::string> read_dossier(const std::filesystem::path& folder);

}  // namespace seatledger
