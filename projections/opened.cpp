#include "projections/opened.h"

#include "events/sealed.h"
#include "events/text.h"

namespace seatledger {

std::optional<std::string> OpenedTexts::note(schema::Event::Reader event) {
    std::optional<std::string> address;
    for_each_sealed(event, [&](const SealedField& field) {
        auto text = seals_.open(field.key, field.context(event.getAccount()), view(field.box));
        if (!text) return;
        if (field.what == Personal::email) address = *text;
        opened_.push_back({std::string(box_name(field.box)), std::move(*text)});
    });
    return address;
}

std::size_t OpenedTexts::words() const {
    if (opened_.empty()) return 0;
    std::size_t words = 1;
    for (const auto& opened : opened_) {
        words += capnp::sizeInWords<schema::Opened>() + opened.name.size() / sizeof(capnp::word) + 1 +
                 opened.text.size() / sizeof(capnp::word) + 1;
    }
    return words;
}

void OpenedTexts::write(const Opened& opened, schema::Opened::Builder to) {
    to.setName(as_data(opened.name));
    to.setText(text(opened.text));
}

}  // namespace seatledger
