#include "tools/dossier/dossier_phrases.h"

namespace seatledger {

// As it is written in Brazil.
constexpr DossierPhrases dossier_portuguese = {
    .language_tag = "pt-BR",
    .months = {"Janeiro", "Fevereiro", "Março", "Abril", "Maio", "Junho", "Julho", "Agosto", "Setembro", "Outubro",
               "Novembro", "Dezembro"},
    .weekdays = {"seg", "ter", "qua", "qui", "sex", "sáb", "dom"},
    .month = "{0} de {1}",

    .kind_of_document = "Dossiê sobre uma linha de cobrança contestada",
    .title = "Contestação nº {0}",
    .document_title = "Contestação nº {0} – {1}",
    .contents = "Sumário",
    .sections = {"Resumo", "A linha como foi recebida", "Alegação, provas, decisão", "Parecer e cálculo", "Calendário",
                 "Eventos", "O que não se sabe", "Correção proposta", "O que isto prova e o que não prova"},
    .erased = "apagado",
    .not_said = "não informado",
    .field = "Campo",
    .value = "Valor",

    .account = "Conta",
    .currency = "Moeda",
    .open = "aberta",
    .resolved = "resolvida",
    .disputed_first = "Já contestada na contestação",
    .billed_amount = "Cobrado",
    .explained = "Confirmado pelo registro",
    .at_issue = "Em disputa",
    .conceded = "Reconhecido",
    .summary = "A linha cobra {0}. O registro confirma {1}; estão em disputa {2}, e são reconhecidos {3}.",
    .summary_too_little =
        "A linha cobra {0}. Pelo registro, o devido é {1}, ou seja, {2} a mais do que foi cobrado; todo o valor de {3} "
        "é reconhecido.",
    .summary_unread = "Não há parecer, porque a linha não pode ser avaliada: {0}",
    .verdict = "Parecer",
    .set_aside = "posta à parte: consta do total, mas não é avaliada",
    .log = "O log e como conferir este dossiê",
    .log_origin = "Origem",
    .log_size = "Tamanho, em eventos",
    .log_root = "Hash raiz",
    .log_key = "Chave de verificação",
    .log_time = "O último evento entrou em vigor",
    .how_to_verify =
        "Não é preciso confiar em ninguém. Na pasta do dossiê, este comando confere a assinatura do ponto de "
        "verificação e a prova de cada evento, recalcula a partir dos eventos tudo o que se diz aqui e compara esta "
        "página e o dossier.json byte a byte:",
    .verify_key = "Obtenha a chave com quem mantém o log, não nesta página: um falsificador imprimiria a sua própria.",

    .only_invoice_line = "A linha contestada é de uma fatura do registro; nenhuma linha de outra cobrança foi citada.",
    .invoice = "Fatura no registro",
    .invoice_line = "Linha da fatura",
    .file_sha256 = "SHA-256 do arquivo da cobrança",
    .file_row = "Linha do arquivo",
    .bill_date = "Data da cobrança",
    .raw_text = "Texto da linha",
    .raw_note = "Caracteres invisíveis ou que mudam a direção do texto aparecem pelo seu código.",
    .layout = "Como é lida",
    .bill_file = "A fatura do fornecedor",
    .whole_bill = "está inteira ao lado desta página (linhas legíveis: {0}); a linha foi avaliada entre as outras",
    .read_caption = "A linha como foi lida",
    .line_kind = "Tipo",
    .sku = "Produto (SKU) no registro",
    .bill_sku = "Produto na cobrança",
    .bill_invoice = "Fatura citada na cobrança",
    .license = "Licença",
    .person = "Pessoa",
    .period = "Dias cobrados",
    .billed_in = "Período de cobrança",
    .quantity = "Assentos",
    .unit_price = "Preço de um assento",
    .amount = "Valor, sem imposto",
    .tax = "Imposto",
    .line_id = "Identificador",
    .line_corrects = "Corrige",
    .description = "Descrição",
    .line_number = "Linha no arquivo",
    .days = "de {0} a {1}, ambos incluídos (dias: {2})",
    .line_kinds = {"cobrança de assentos por um período", "correção de outra linha", "crédito", "imposto", "outro"},
    .unread = "Não foi possível ler: {0}",
    .layout_not_said =
        "não foi informado como a linha está escrita, nem na contestação nem por quem elaborou este dossiê",
    .too_many_days = "ela é de {0} dias, e um dossiê tem no máximo {1}",

    .claim = "Alegação",
    .evidence = "Prova",
    .resolution = "Decisão",
    .not_resolved = "A contestação não foi resolvida.",
    .by_whom = "Quem",
    .when = "Quando",
    .text = "Texto",
    .file_elsewhere = "SHA-256 de um arquivo guardado à parte",
    .decision = "Decidido",
    .event = "Evento",

    .no_verdict = "Não há parecer.",
    .amounts_caption = "Valores",
    .judged_caption = "Como a linha é avaliada",
    .arithmetic = "Cálculo",
    .rounding = "Arredondamento",
    .day_count = "Contagem de dias que dá o valor",
    .term_end = "O dia em que um prazo termina",
    .difference = "Diferença em relação aos próprios assentos, dias e preço",
    .of_line = "Refere-se à linha",
    .seat_days_billed = "Assentos-dia cobrados",
    .seat_days_covered = "Assentos-dia no registro",
    .price_in_force = "Preço de um assento em vigor",
    .price_since = "Em vigor desde o evento",
    .price_copied = "Copiado para a fatura pelo evento",
    .billed_price_of = "O preço cobrado é o do evento",
    .because = "Eventos que decidem",
    .and_more = "e mais",
    .deficits_caption = "Assentos-dia cobrados que o registro não tem",
    .reason = "Motivo",
    .seat_days = "Assentos-dia",
    .seats_most = "Assentos, no máximo em um dia",
    .rules_caption = "A mesma linha sob cada regra",
    .rules_note = "Contratos diferem em como arredondam e em se o dia em que um prazo termina faz parte dele.",
    .applied = "aplicada aqui",
    .end_counted = "conta",
    .end_not_counted = "não conta",

    .calendar_note = "Os dias são dias civis no fuso horário {0}.",
    .legend = "Legenda",
    .event_mark = "ao menos um evento entrou em vigor",
    .day_states = {"nem cobrado nem devido", "cobrado e confirmado pelo registro", "cobrado, confirmado em parte",
                   "cobrado, não confirmado pelo registro", "não cobrado por esta linha, embora devido"},
    .day_table_caption = "Dia a dia, em assentos",
    .day_table_note =
        "Cobrado: o que a linha cobra. Confirmado: o que disso o registro tem, pelo parecer. Comprado, vinculado, em "
        "filas: o que o registro tem naquele dia. Devido: o que disso se cobra por este produto. Se a linha "
        "nomeia uma licença ou uma pessoa, só dela. Um traço indica o que não influi na decisão e não foi examinado, "
        "ou "
        "um dia que ainda não chegou.",
    .day = "Período",
    .day_number = "Dias",
    .state = "Situação",
    .billed = "Cobrado",
    .covered = "Confir\u00admado",
    .entitled = "Devido",
    .bought = "Com\u00adprado",
    .bound = "Vincu\u00adlado",
    .in_queues = "Em filas",
    .events_of_day = "Eventos",
    .no_days = "A linha não tem dias cobrados.",
    .no_days_read = "A linha não pôde ser lida; por isso não há calendário.",

    .events_note =
        "Tudo o que se diz acima decorre destes eventos (ao todo: {0}; citados pelo parecer: {1}). Os campos têm os "
        "nomes que têm no log. Os horários são UTC. Um travessão indica o que falta ou foi apagado.",
    .effective_at = "Entrou em vigor",
    .recorded_at = "Registrado",
    .civil_day = "dia civil {0}",
    .actor = "Autor",
    .via_vendor = "enviado pelo fornecedor em seu nome",
    .request_id = "Pedido",
    .corrects = "Corrige o evento",
    .decisive = "decisivo",

    .no_event_in_period =
        "Nenhum evento sobre estes assentos entrou em vigor nos dias da linha: o que se diz desses dias decorre apenas "
        "de "
        "eventos anteriores.",
    .imported_history =
        "Parte do histórico foi trazida de outro lugar quando a conta foi aberta (eventos: {0}). O log prova o que foi "
        "trazido, não que era verdade.",
    .recorded_late =
        "Alguns eventos foram registrados mais de um dia depois de entrarem em vigor (eventos: {0}). Até então o "
        "registro "
        "dizia outra coisa.",
    .days_ahead =
        "Alguns dias da linha ainda estavam por vir na data do último evento: {0}. O que acontecer neles pode mudar "
        "o parecer.",
    .text_erased =
        "Faltam textos ou endereços: foram apagados a pedido da pessoa a quem dizem respeito, ou omitidos por quem "
        "elaborou este dossiê. Que houve tal evento aparece mesmo assim.",
    .line_unread = "A linha não pôde ser avaliada, portanto não há parecer: {0}",
    .judged_alone =
        "Da fatura só se conhece esta linha. Não foi verificado se outra linha dela cobra os mesmos assentos ou os "
        "devolve.",
    .layout_declared =
        "Como o texto da linha deve ser lido foi dito por quem elaborou este dossiê, não na contestação.",
    .events_chosen =
        "Está provado que estes eventos estão no log. Só o log inteiro permite concluir que "
        "nenhum outro evento importa.",
    .no_gaps = "Não se conhece nada que falte.",
    .gap_events = "Eventos: {0}",
    .more = "e outros: {0}",

    .remedy_none = "Nenhuma: a linha está correta.",
    .remedy_none_alone =
        "Isoladamente, a linha confere com o registro. Não foi verificado se outra linha da fatura cobra "
        "os mesmos assentos.",
    .remedy_resolved = "A contestação foi decidida ({0}). O que segue é apenas o cálculo.",
    .remedy_done = "Nada mais: o valor em disputa já foi creditado.",
    .remedy_credit = "Um crédito de {0}.",
    .remedy_too_little = "Nenhuma a favor do cliente: {0} deixou de ser cobrado.",
    .remedy_undecided = "Ainda nenhuma: não há parecer. Uma pessoa precisa examinar a linha.",
    .command = "O comando para isso, para seatledger submit:",
    .no_command = {"Não há comando para isso: não se sabe a qual fatura do registro a linha se refere.",
                   "Não há comando para isso: a fatura do registro não foi paga, ou já não está paga.",
                   "Não há comando para isso: o saldo dessa linha da fatura é menor.",
                   "Não há comando para isso: antes uma pessoa deve verificar se isto já foi creditado.",
                   "Não há comando para isso: o valor é mais fino que a menor unidade da moeda."},
    .credited_otherwise =
        "A linha {0} da fatura {1} já recebeu um crédito de {2}, não por esta contestação (eventos: {3}).",
    .a_person_applies =
        "Isto é uma proposta. Nada acontece automaticamente: uma pessoa deve aplicá-la, em seu próprio nome.",
    .credited = "Já creditado em nome desta contestação: {0} (eventos: {1}).",

    .proves = "O que prova",
    .proves_not = "O que não prova",
    .proofs = {"Cada evento citado aqui está no log indicado acima, byte a byte, e quem detém a chave assinou esse "
               "log.",
               "Nenhum destes eventos pode ser alterado, retirado ou reordenado sem que o hash raiz mude.",
               "O parecer e todos os números decorrem destes eventos e da linha por regras fixas; qualquer um pode "
               "recalculá-los.",
               "Quando, pelo seu próprio relógio, e em nome de quem o registro gravou cada evento."},
    .no_proofs = {"Que a linha citada está na cobrança: compare-a com o arquivo que tem o SHA-256.",
                  "Que o que foi registrado é o que aconteceu fora do registro.",
                  "Que nenhum outro evento do log importa: para isso é preciso o log inteiro.",
                  "Que a todos se mostra o mesmo log: compare o ponto de verificação com um obtido em outro lugar.",
                  "Que as regras usadas aqui são as do contrato.",
                  "Um parecer do registro é um cálculo. Não é decisão de tribunal nem de nenhuma das partes."},
};

}  // namespace seatledger
