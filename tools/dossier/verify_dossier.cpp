#include "tools/dossier/verify_dossier.h"

#include <kj/exception.h>

#include <algorithm>

#include "tools/dossier/assemble.h"
#include "tools/dossier/dossier_files.h"
#include "tools/dossier/dossier_html.h"
#include "tools/dossier/dossier_json.h"
#include "tools/dossier/proved_events.h"

namespace seatledger {
namespace {

using Failed = std::unexpected<std::string>;

constexpr std::size_t shown_bytes_max = 160;  // of a line that differs

std::string line_at(const std::string& text, std::size_t at) {
    const auto before = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
    const auto begin = before == std::string::npos ? 0 : before + 1;
    auto line = text.substr(begin, std::min(text.find('\n', at), text.size()) - begin);
    line.erase(0, std::min(line.find_first_not_of(' '), line.size()));
    if (line.size() > shown_bytes_max) line = line.substr(0, shown_bytes_max) + " …";
    return line;
}

std::expected<void, std::string> compare(const char* name, const std::string& given, const std::string& made) {
    if (given == made) return {};
    const auto common = std::min(given.size(), made.size());
    const auto at = static_cast<std::size_t>(
        std::mismatch(given.begin(), given.begin() + static_cast<std::ptrdiff_t>(common), made.begin()).first -
        given.begin());
    const auto line = 1 + std::count(given.begin(), given.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    return Failed(std::string(name) + ", line " + std::to_string(line) + ": it has '" + line_at(given, at) +
                  "'; from the events follows '" + line_at(made, at) + "'");
}

}  // namespace

std::expected<MadeDossier, std::string> make_dossier(const DossierInputs& inputs, const merkle::VerifierKey& key) try {
    const auto events = ProvedEvents::open(inputs, key);
    if (!events) return Failed(events.error());
    auto dossier = assemble(inputs, *events);
    if (!dossier) return Failed(dossier.error());
    MadeDossier made;
    made.json = to_json(*dossier, inputs);
    made.html = to_html(*dossier);
    made.dossier = std::move(*dossier);
    return made;
} catch (const kj::Exception& exception) {
    // Whoever signed the log may have signed anything.
    return Failed("its events cannot be those of a ledger: " + std::string(exception.getDescription().cStr()));
}

std::expected<Dossier, std::string> verify_dossier(const DossierFolder& folder, const merkle::VerifierKey& key) {
    auto made = make_dossier(folder.inputs, key);
    if (!made) return Failed(made.error());
    if (auto same = compare(dossier_json_file, folder.json, made->json); !same) return Failed(same.error());
    if (auto same = compare(dossier_html_file, folder.html, made->html); !same) return Failed(same.error());
    return std::move(made->dossier);
}

}  // namespace seatledger
