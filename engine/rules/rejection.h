// Rejections: why a command was not done. The list is the catalogue of rules that a command can break, in the
// order in which they are judged.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace seatledger {

// clang-format off
#define SEATLEDGER_RULES(RULE)               \
    RULE(request_id_reused)                  \
    RULE(value_not_allowed)                  \
    RULE(account_must_exist)                 \
    RULE(role_required)                      \
    RULE(effective_time_in_order)            \
    RULE(invoice_must_exist)                 \
    RULE(order_must_exist)                   \
    RULE(line_must_exist)                    \
    RULE(card_must_exist)                    \
    RULE(dispute_must_exist)                 \
    RULE(account_must_be_new)                \
    RULE(email_must_be_valid)                \
    RULE(email_must_be_new)                  \
    RULE(user_must_be_registered)            \
    RULE(user_must_hold_nothing)             \
    RULE(last_super_admin)                   \
    RULE(person_must_not_be_in_dispute)      \
    RULE(password_must_be_long)              \
    RULE(sku_must_be_new)                    \
    RULE(sku_must_exist)                     \
    RULE(product_must_be_offered)            \
    RULE(term_must_be_positive)              \
    RULE(price_must_not_be_negative)         \
    RULE(membership_product_must_be_single)  \
    RULE(super_admin_with_card_required)     \
    RULE(token_must_not_be_a_card_number)    \
    RULE(order_must_be_open)                 \
    RULE(invoice_must_be_new)                \
    RULE(invoice_must_have_lines)            \
    RULE(quantity_must_be_positive)          \
    RULE(invoice_must_be_open)               \
    RULE(payment_must_match)                 \
    RULE(payment_must_be_new)                \
    RULE(credit_must_fit)                    \
    RULE(invoice_must_be_paid)               \
    RULE(license_must_exist)                 \
    RULE(no_license_available)               \
    RULE(license_must_not_be_revoked)        \
    RULE(license_must_not_be_expired)        \
    RULE(license_must_be_available)          \
    RULE(user_must_not_hold_product)         \
    RULE(license_must_be_bound)              \
    RULE(user_must_hold_phone_product)       \
    RULE(config_too_large)                   \
    RULE(config_must_be_json)                \
    RULE(queue_must_be_new)                  \
    RULE(queue_must_exist)                   \
    RULE(member_must_be_new)                 \
    RULE(member_must_exist)                  \
    RULE(dispute_too_late)                   \
    RULE(dispute_must_be_open)               \
    RULE(amount_out_of_range)                \
    RULE(event_too_large)
// clang-format on

enum class Rule : std::uint8_t {
#define RULE(name) name,
    SEATLEDGER_RULES(RULE)
#undef RULE
};

inline constexpr std::string_view rule_ids[] = {
#define RULE(name) #name,
    SEATLEDGER_RULES(RULE)
#undef RULE
};

// The id under which a rule stands in answers: the same in code, on the wire and in JSON.
[[nodiscard]] constexpr std::string_view rule_id(Rule rule) { return rule_ids[static_cast<std::size_t>(rule)]; }

struct Rejection {
    Rule rule;
    std::string message;  // what is wrong, with which license or person, and what to do
};

// What judging gives: nothing to object to, or the first rule that was broken.
using Verdict = std::expected<void, Rejection>;

[[nodiscard]] inline std::unexpected<Rejection> reject(Rule rule, std::string message) {
    return std::unexpected(Rejection{rule, std::move(message)});
}

}  // namespace seatledger
