#include "projections/billing/verdict_phrases.h"

namespace seatledger::billing {
namespace {

// 1 assento, 0.5 assento, 1.5 assento; 10 assentos, 2.5 assentos.
PluralForm quantity_form(Decimal quantity) {
    if (quantity.is_zero()) return PluralForm::many;
    for (; quantity.scale > 0; --quantity.scale) quantity.units /= 10;
    return quantity.units < 2 ? PluralForm::one : PluralForm::many;
}

}  // namespace

// As it is written in Brazil, like the letters. The seat is "assento", the ledger "registro". "Fatura" alone is an
// invoice of the ledger's; what is judged is always "fatura do fornecedor". Whoever is named has "usuário" before them,
// which takes the preposition's article.
constinit const VerdictPhrases portuguese_verdicts = {
    .plural_form = one_or_many,
    .quantity_form = quantity_form,

    .quoted = "\"{0}\"",
    .money = "{0} {1}",
    .unknown_day = "um dia desconhecido",
    .numbered_person = "nº {0}",
    .on_day = "em {0}",
    .from_to = "de {0} a {1}",
    .day_count = {"{0} dia", "{0} dias"},
    .lot = {"{0} assento da fatura {1}", "{0} assentos da fatura {1}"},
    .license_seat = "licença nº {0}",
    .person_seat = "assento do usuário {0}",
    .billed_seats = {"{0} assento do produto {1} {2}", "{0} assentos do produto {1} {2}"},
    .billed_seats_of = {"{0} assento do produto {1} {2} ({3})", "{0} assentos do produto {1} {2} ({3})"},
    .queue = {.call = "fila de chamadas {0}", .outbound = "fila de saída {0}", .inbox = "fila da caixa de entrada {0}"},
    .as_agent = {.call = "era agente da fila de chamadas {0}",
                 .outbound = "era agente da fila de saída {0}",
                 .inbox = "era agente da fila da caixa de entrada {0}"},
    .as_supervisor = {.call = "era supervisor da fila de chamadas {0}",
                      .outbound = "era supervisor da fila de saída {0}",
                      .inbox = "era supervisor da fila da caixa de entrada {0}"},
    .in_a_queue = "estava em uma fila",

    .set_aside =
        {
            .tax = "O valor de {0} foi transportado sem verificação: trata-se de imposto.",
            .credit = "O valor de {0} foi transportado sem verificação: trata-se de uma nota de crédito concedida pelo "
                      "fornecedor, e não de assentos de um período.",
            .foreign_currency = "O valor de {0} foi transportado sem verificação: a conta é faturada em outra moeda.",
            .no_days = "O valor de {0} foi transportado sem verificação: a linha não tem dias pelos quais cobre.",
            .no_quantity = "O valor de {0} foi transportado sem verificação: a linha tem um valor, mas não tem "
                           "assentos.",
            .no_quantity_correcting = "O valor de {0} foi transportado sem verificação: a linha tem um valor, mas não "
                                      "tem assentos; ela corrige a linha {1}.",
            .other = "O valor de {0} foi transportado sem verificação: não se trata de assentos.",
        },

    .unknown_sku = "O registro não tem o produto {0}.",
    .nothing_of_account = "A conta nunca teve nada do produto {0}: nenhuma fatura, nenhum pedido, nenhuma licença.",
    .nothing_of_account_in_queues =
        "A conta nunca teve nada do produto {0}: nenhuma fatura, nenhum pedido, nenhuma "
        "licença, e ninguém nunca esteve em uma fila.",
    .unknown_invoice = "O registro não tem a fatura {0}.",
    .invoice_without_sku = "A fatura {0} não tem linha do produto {1}.",

    .unknown_license = "A conta não tem a licença nº {0}.",
    .license_of_other_sku = "A licença nº {0} não é do produto {1}, e sim de outro.",
    .unknown_person = "A conta não conhece o usuário {0}.",
    .license_of_membership =
        "O produto {0} é faturado pelos usuários que estão em filas, e uma licença nada diz sobre eles.",
    .never_in_queue = "O usuário {0} nunca esteve em uma fila.",
    .never_had_license = "O usuário {0} nunca teve uma licença do produto {1}.",

    .duplicate =
        "Esta é a linha {0} mais uma vez: {1} pelo mesmo valor, e o registro não tem outros assentos nesses dias.",

    .lacking = {"A fatura do fornecedor tem {0}: é {1} assento-dia, do qual o registro tem {2} e não tem {3}.",
                "A fatura do fornecedor tem {0}: são {1} assentos-dia, dos quais o registro tem {2} e não tem {3}."},
    .lacking_each =
        {"A fatura do fornecedor tem {0}: é {1} assento-dia, do qual o registro tem {2} e não tem {3} ({4}).",
         "A fatura do fornecedor tem {0}: são {1} assentos-dia, dos quais o registro tem {2} e não tem {3} ({4})."},
    .lacking_for = "{0} {1}",
    .lacking_for_nothing_else = "{0} sem outro motivo",

    .invoice_is_open =
        {"A fatura {1} de {0} assento, emitida em {2}, não foi paga, e o prazo dos assentos só começa com o pagamento.",
         "A fatura {1} de {0} assentos, emitida em {2}, não foi paga, e o prazo dos assentos só começa com o "
         "pagamento."},
    .began_with_payment = "O prazo de {0} começou em {1}, quando o pagamento foi registrado.",

    .order_is_open =
        "O pedido nº {0}, feito em {1}, não foi atendido em 48 horas, até {2}, nem depois: nada foi "
        "entregue.",
    .order_is_unpaid =
        "O pedido nº {0}, feito em {1}, não foi atendido em 48 horas, até {2}; a fatura dele, {3}, não "
        "foi paga, e nada foi entregue.",
    .order_is_late =
        "O pedido nº {0}, feito em {1}, não foi atendido em 48 horas, até {2}; o prazo correspondente, de "
        "{3}, começou em {4}.",

    .license_credited = "A licença nº {0} da fatura {1} foi revogada em {2}, com nota de crédito.",
    .license_reversed = "A licença nº {0} da fatura {1} foi revogada em {2}, quando o pagamento dela foi estornado.",
    .seats_credited = "Licenças da fatura {0} foram revogadas em {1}, com nota de crédito.",
    .seats_reversed = "Licenças da fatura {0} foram revogadas em {1}, quando o pagamento dela foi estornado.",
    .expired = "O último dia do prazo de {0} foi {1}, e nada é renovado automaticamente.",
    .expired_some_day = "O prazo de {0} terminou, e nada é renovado automaticamente.",

    .left_last_queue = "O usuário {0} saiu da sua última fila em {1}.",
    .left_named_queue = "O usuário {0} saiu da sua última fila ({1}) em {2}.",
    .somebody_left = "Em dias que foram faturados, alguém já não estava em fila nenhuma.",
    .taken = "A licença nº {0} foi retirada do usuário {1} em {2}, e ninguém a tinha em dias que foram faturados.",
    .taken_from_somebody = "Em dias que foram faturados, ninguém mais tinha assentos que antes estavam atribuídos.",

    .still_in_queue =
        "O usuário {0} ficou sem licença a partir de {1}, mas, em dias que foram faturados, ainda {2}, desde {3}, e "
        "quem está em uma fila é faturado pelo produto {4}: um super admin ou um administrador da conta poderia tê-lo "
        "removido da fila, ou então o fornecedor.",
    .still_in_queue_with_others =
        {"O usuário {0} e {5} outro usuário ficaram sem licença a partir de {1}, mas, em dias que foram faturados, o "
         "usuário {0} ainda {2}, desde {3}, e quem está em uma fila é faturado pelo produto {4}: um super admin ou um "
         "administrador da conta poderia tê-los removido da fila, ou então o fornecedor.",
         "O usuário {0} e {5} outros usuários ficaram sem licença a partir de {1}, mas, em dias que foram faturados, o "
         "usuário {0} ainda {2}, desde {3}, e quem está em uma fila é faturado pelo produto {4}: um super admin ou um "
         "administrador da conta poderia tê-los removido da fila, ou então o fornecedor."},

    .term_shortened =
        {"O preço de um prazo inteiro foi cobrado por {0}, o que é {1} dia; o prazo de {2} é de {3}, {4}, "
         "de modo que o valor de {5} se refere a dias que faltam.",
         "O preço de um prazo inteiro foi cobrado por {0}, o que são {1} dias; o prazo de {2} é de {3}, "
         "{4}, de modo que o valor de {5} se refere a dias que faltam."},
    .term_shortened_from_longer =
        {"O preço de um prazo inteiro foi cobrado por {0}, o que é {1} dia; o prazo de {2} é mais longo, de modo que o "
         "valor de {3} se refere a dias que faltam.",
         "O preço de um prazo inteiro foi cobrado por {0}, o que são {1} dias; o prazo de {2} é mais longo, de modo "
         "que o valor de {3} se refere a dias que faltam."},

    .too_few = {"O registro tem {2} {0} assento do produto {1} a mais do que esta linha e as semelhantes faturam; esta "
                "tem {3}.",
                "O registro tem {2} {0} assentos do produto {1} a mais do que esta linha e as semelhantes faturam; "
                "esta tem {3}."},
    .gives_back_too_much =
        "A linha devolve {0}, mas em {1} desses assentos-dia a conta não tinha assentos que pudessem "
        "ser devolvidos.",
    .too_many = {"Em pelo menos um dia, a fatura do fornecedor tem {0} assento a mais do que resta no registro para "
                 "esta linha.",
                 "Em pelo menos um dia, a fatura do fornecedor tem {0} assentos a mais do que resta no registro para "
                 "esta linha."},

    .wrong_price = "Os dias e os assentos estão certos ({0}), mas o preço não: {1}; {2}.",
    .in_force =
        {
            .alone = "vigorava o preço de {0} por assento e prazo",
            .of_version = "vigorava o preço de {0} por assento e prazo, da versão do catálogo do evento nº {1}",
            .copied = "vigorava o preço de {0} por assento e prazo, copiado quando a fatura {1} foi emitida",
            .copied_from_version = "vigorava o preço de {0} por assento e prazo, da versão do catálogo do evento nº "
                                   "{1}, copiado quando a fatura {2} foi emitida",
            .unknown = "não se sabe qual vigorava",
        },
    .billed_price =
        {
            .alone = "foi cobrado o de {0}",
            .of_version = "foi cobrado o de {0}, que é o preço do evento nº {1}, de {2}",
            .implied = "o valor implica outro",
            .implied_of_version = "o valor implica outro, que é o preço do evento nº {0}, de {1}",
        },

    .correct = "O registro tem {0}, no valor de {1}.",
    .netted = "Compensada com a linha {0}: uma devolve o que a outra cobra.",
    .gives_back = "A linha devolve {0}, o que consta no registro.",
    .true_up =
        "A fatura do fornecedor tem {0}; o prazo de {1} começou em {2}, mas o preço foi acordado para o período "
        "inteiro, até o mesmo fim.",
    .unbound_from =
        "A fatura do fornecedor tem {0}; a licença nº {1} foi retirada do usuário {2} em {3}, mas é faturada pela "
        "compra: o prazo corre não importa a quem ela esteja atribuída; a retirada não o interrompe nem o "
        "encurta.",
    .bound_to_nobody =
        "A fatura do fornecedor tem {0}; ninguém tem a licença nº {1}, mas ela é faturada pela compra: o prazo corre "
        "não importa a quem ela esteja atribuída; a retirada não o interrompe nem o encurta.",
    .amount_does_not_follow =
        "Os dias, os assentos e o preço estão certos, mas o valor de {0} não resulta dos "
        "assentos, dos dias e do preço da própria linha: eles dão {1}.",

    .license_not_billed = {"O registro tem a licença nº {1} do produto {2}, que esteve com o usuário {3} por {0} dia "
                           "({4}), e nenhuma linha da fatura do fornecedor se refere a ele: seriam devidos {5}.",
                           "O registro tem a licença nº {1} do produto {2}, que esteve com o usuário {3} por {0} dias "
                           "({4}), e nenhuma linha da fatura do fornecedor se refere a eles: seriam devidos {5}."},
    .person_not_billed = {"O registro tem o usuário {1} em filas que são faturadas como {2} por {0} dia ({3}), e "
                          "nenhuma linha da fatura do fornecedor se refere a ele: seriam devidos {4}.",
                          "O registro tem o usuário {1} em filas que são faturadas como {2} por {0} dias ({3}), e "
                          "nenhuma linha da fatura do fornecedor se refere a eles: seriam devidos {4}."},
    .lot_not_billed = {"O registro tem {0} assento do produto {1} da fatura {2}, {3}, e nenhuma linha da fatura do "
                       "fornecedor se refere a ele: seriam devidos {4}.",
                       "O registro tem {0} assentos do produto {1} da fatura {2}, {3}, e nenhuma linha da fatura do "
                       "fornecedor se refere a eles: seriam devidos {4}."},
    .seat_days_not_billed = {"O registro tem {0} assento-dia do produto {1} {2}, {3}, e nenhuma linha da fatura do "
                             "fornecedor se refere a ele: seriam devidos {4}.",
                             "O registro tem {0} assentos-dia do produto {1} {2}, {3}, e nenhuma linha da fatura do "
                             "fornecedor se refere a eles: seriam devidos {4}."},
    .up_to_a_day = {"até {0} assento por dia", "até {0} assentos por dia"},

    .rounded_otherwise = "O valor foi arredondado de outra forma: {0}.",
    .counted_otherwise = "O valor conta os dias de outra forma: {0}.",
    .differs_by = "O valor difere em {0} do que esses assentos e dias custam pelo preço do registro.",

    .verdict_labels = {"não consta no registro", "assento desconhecido", "linha repetida",
                       "faturado antes do pagamento", "não entregue em 48 horas", "faturado depois da revogação",
                       "faturado depois do fim do prazo", "faturado depois da retirada", "ainda em uma fila",
                       "prazo encurtado", "quantidade errada", "preço errado", "correto", "não faturado"},
    .arithmetic_labels = {"o valor confere", "explica-se pelo arredondamento", "explica-se pela contagem dos dias",
                          "o valor não confere"},
    .state_labels = {"verificada", "transportada sem verificação"},
    .rounding_labels = {"arredonda-se o valor inteiro, uma só vez",
                        "arredonda-se o valor de um assento, depois multiplicado pelos assentos",
                        "arredonda-se o preço do dia de um assento para 2 casas decimais",
                        "arredonda-se o preço do dia de um assento para 3 casas decimais, depois o valor dele"},
    .day_count_labels = {"cobra-se um dia a mais", "cobra-se um dia a menos", "o prazo tem um dia a mais",
                         "o prazo tem um dia a menos", "cobra-se um dia a mais, e o prazo também tem um a mais",
                         "cobra-se um dia a menos, e o prazo também tem um a menos", "todo mês tem 30 dias",
                         "todo ano tem 365 dias, e o mês um doze avos deles", "todos os meses do prazo custam o mesmo"},
};

}  // namespace seatledger::billing
