// How dossier.html looks: on paper (A4 and US Letter), in black and white, and on a telephone.
#pragma once

#include <string_view>

namespace seatledger {

// CSS for a <style> of a page that is also XML: nothing in it has to be escaped, and it loads nothing.
[[nodiscard]] std::string_view dossier_style();

}  // namespace seatledger
