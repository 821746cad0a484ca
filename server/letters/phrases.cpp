#include "server/letters/phrases.h"

#include <utility>

namespace seatledger {
namespace {

// In ASCII only, so that most of these letters can be read as they are sent.
constexpr Phrases english = {
    .language_tag = "en",
    .plural_form = one_or_many,
    .months = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
               "November", "December"},
    .first_day = "1",
    .date = "{0} {1} {2}",
    .moment = "{0}, {1:02}:{2:02} ({3})",
    .days = {"{0} day", "{0} days"},
    .greeting = "Hello {0},",
    .greeting_without_name = "Hello,",
    .licenses = {"{0} license", "{0} licenses"},
    .numbered = "{0}: No. {1}",
    .range = "{0}-{1}",
    .more = "and {0} more",
    .bound = "bound to users: {0} of {1}",
    .valid_until = "valid until {0}",
    .payment_subject = "Payment recorded, {0} (invoice {1})",
    .issued_in_subject = {"{0} license issued", "{0} licenses issued"},
    .payment = "The payment of invoice {0} has been recorded, and {1} to {2} ({3}):",
    .issued = {"{0} license has been issued", "{0} licenses have been issued"},
    .payment_advice =
        "The term began when the payment was recorded, and it runs whether a license is used or not. A license gives "
        "access from the moment an administrator binds it to a user, who has to be registered beforehand with exactly "
        "the e-mail address to which it is bound.",
    .payment_reason = "You receive this letter because you raised the invoice. It was sent automatically.",
    .term_subject = "The term of {0} ends in {1}, on {2}",
    .licenses_of_term = {"{0} license", "{0} licenses"},
    .term = "In {0}, on {1}, the term of {2} of {3} ({4}) ends:",
    .term_advice =
        "Nothing renews by itself. When its term ends, a license gives no access any more. For a new term a new "
        "invoice is needed: its payment issues new licenses, and an administrator has to bind them to users again. "
        "The binds of the present licenses do not carry over.",
    .term_reason = "You receive this letter because you are a super admin of this account. It was sent automatically.",
};

constexpr Phrases russian = {
    .language_tag = "ru",
    .plural_form = russian_form,
    .months = {"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября",
               "ноября", "декабря"},
    .first_day = "1",
    .date = "{0} {1} {2} г.",
    .moment = "{0}, {1:02}:{2:02} ({3})",
    .days = {"{0} день", "{0} дня", "{0} дней"},
    .greeting = "Здравствуйте, {0}!",
    .greeting_without_name = "Здравствуйте!",
    .licenses = {"{0} лицензия", "{0} лицензии", "{0} лицензий"},
    .numbered = "{0}: № {1}",
    .range = "{0}–{1}",
    .more = "и ещё {0}",
    .bound = "привязано к пользователям: {0} из {1}",
    .valid_until = "срок действия: до {0}",
    .payment_subject = "Оплата зафиксирована, {0} (счёт {1})",
    .issued_in_subject = {"выдана {0} лицензия", "выданы {0} лицензии", "выдано {0} лицензий"},
    .payment = "Зафиксирована оплата по счёту {0}. Для компании {2} ({3}) {1}:",
    .issued = {"выдана {0} лицензия", "выданы {0} лицензии", "выдано {0} лицензий"},
    .payment_advice =
        "Срок действия начался в момент фиксации оплаты и идёт независимо от того, используется лицензия или нет. "
        "Лицензия даёт доступ с того момента, когда администратор привяжет её к пользователю; пользователь должен "
        "быть заранее зарегистрирован именно с тем адресом e-mail, к которому привязывается лицензия.",
    .payment_reason = "Вы получили это письмо, потому что выставили этот счёт. Письмо отправлено автоматически.",
    .term_subject = "Через {1}, {2}, заканчивается срок действия {0}",
    .licenses_of_term = {"{0} лицензии", "{0} лицензий", "{0} лицензий"},
    .term = "Через {0}, {1}, заканчивается срок действия {2} компании {3} ({4}):",
    .term_advice =
        "Автоматического продления нет. По окончании срока действия лицензия больше не даёт доступа. Для нового срока "
        "нужен новый счёт: после его оплаты будут выданы новые лицензии, и администратору нужно будет снова привязать "
        "их к пользователям. Привязки нынешних лицензий на новые не переносятся.",
    .term_reason =
        "Вы получили это письмо, потому что являетесь суперадминистратором этой компании. Письмо отправлено "
        "автоматически.",
};

// As it is written in Brazil.
constexpr Phrases portuguese = {
    .language_tag = "pt-BR",
    .plural_form = one_or_many,
    .months = {"janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro",
               "novembro", "dezembro"},
    .first_day = "1º",
    .date = "{0} de {1} de {2}",
    .moment = "{0}, {1:02}h{2:02} ({3})",
    .days = {"{0} dia", "{0} dias"},
    .greeting = "Olá, {0}!",
    .greeting_without_name = "Olá!",
    .licenses = {"{0} licença", "{0} licenças"},
    .numbered = "{0}: nº {1}",
    .range = "{0}–{1}",
    .more = "e mais {0}",
    .bound = "vinculadas a usuários: {0} de {1}",
    .valid_until = "validade: até {0}",
    .payment_subject = "Pagamento registrado, {0} (fatura {1})",
    .issued_in_subject = {"{0} licença emitida", "{0} licenças emitidas"},
    .payment = "O pagamento da fatura {0} foi registrado. Para {2} ({3}), {1}:",
    .issued = {"foi emitida {0} licença", "foram emitidas {0} licenças"},
    .payment_advice =
        "O prazo começou quando o pagamento foi registrado e corre mesmo que a licença não seja usada. Uma licença dá "
        "acesso a partir do momento em que um administrador a vincula a um usuário, que deve estar cadastrado antes "
        "com exatamente o endereço de e-mail ao qual ela é vinculada.",
    .payment_reason = "Você recebeu esta mensagem porque gerou a fatura. Ela foi enviada automaticamente.",
    .term_subject = "O prazo de {0} termina em {1}, no dia {2}",
    .licenses_of_term = {"{0} licença", "{0} licenças"},
    .term = "Daqui a {0}, no dia {1}, termina o prazo de {2} de {3} ({4}):",
    .term_advice =
        "Nada é renovado automaticamente. Quando o prazo termina, a licença deixa de dar acesso. Para um novo prazo é "
        "necessária uma nova fatura: o pagamento dela emite novas licenças, e um administrador precisa vinculá-las "
        "novamente aos usuários. Os vínculos das licenças atuais não passam para as novas.",
    .term_reason = "Você recebeu esta mensagem porque é super admin desta conta. Ela foi enviada automaticamente.",
};

}  // namespace

const Phrases& phrases(Language language) {
    switch (language) {
        case Language::english: return english;
        case Language::russian: return russian;
        case Language::portuguese: return portuguese;
    }
    std::unreachable();
}

std::string counted(const Phrases& phrases, const Counted& words, Count count) {
    return words.in(phrases.plural_form(count))(count);
}

}  // namespace seatledger
