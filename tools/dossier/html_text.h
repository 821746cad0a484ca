// Texts from elsewhere in a page that is HTML and XML at once: nothing in them is markup, and nothing in them stays
// unseen. Any bytes are taken.
#pragma once

#include <string>
#include <string_view>

namespace seatledger {

// As the content of an element. Characters that cannot be seen, or that turn the text around them (controls, bidi
// controls, zero-width ones), are shown as their code in a <span class="ctl">; ends of lines and tabs stay.
[[nodiscard]] std::string html_text(std::string_view text);

// The same for a <pre> that shows exactly what was received: ends of lines and tabs have their codes beside them.
[[nodiscard]] std::string html_exact(std::string_view text);

// Without elements, for attributes in double quotes and for what stands in <title>.
[[nodiscard]] std::string html_plain(std::string_view text);

}  // namespace seatledger
