#include "tools/dossier/dossier_phrases.h"

#include <algorithm>
#include <array>

namespace seatledger {
namespace {

struct EventLabel {
    std::string_view name;
    std::string_view english;
    std::string_view russian;
    std::string_view portuguese;
};

// In the order of events/event.capnp.
constexpr std::array event_labels = std::to_array<EventLabel>({
    {"accountOpened", "Account opened", "Компания заведена", "Conta aberta"},
    {"importEnded", "Import ended", "Перенос данных завершён", "Importação encerrada"},
    {"userRegistered", "User registered", "Пользователь зарегистрирован", "Usuário cadastrado"},
    {"userRemoved", "User removed", "Пользователь удалён", "Usuário removido"},
    {"emailChanged", "E-mail address changed", "Адрес e-mail изменён", "E-mail alterado"},
    {"roleGranted", "Role granted", "Роль выдана", "Função concedida"},
    {"roleRevoked", "Role revoked", "Роль отозвана", "Função revogada"},
    {"productDefined", "Product defined", "Продукт заведён", "Produto definido"},
    {"productChanged", "Product changed", "Продукт изменён", "Produto alterado"},
    {"productRetired", "Product retired", "Продукт снят с продажи", "Produto retirado de oferta"},
    {"invoiceIssued", "Invoice issued", "Счёт выставлен", "Fatura emitida"},
    {"invoicePaid", "Invoice paid", "Счёт оплачен", "Fatura paga"},
    {"invoiceVoided", "Invoice voided", "Счёт аннулирован", "Fatura anulada"},
    {"licensesIssued", "Licenses issued", "Лицензии выданы", "Licenças emitidas"},
    {"licensesExpired", "Licenses expired", "Срок лицензий истёк", "Licenças expiradas"},
    {"notificationQueued", "Letter queued", "Письмо поставлено в очередь", "Mensagem colocada na fila"},
    {"licenseBound", "License bound", "Лицензия привязана", "Licença vinculada"},
    {"licenseUnbound", "License unbound", "Лицензия отвязана", "Licença desvinculada"},
    {"queueCreated", "Queue created", "Очередь создана", "Fila criada"},
    {"queueDeleted", "Queue deleted", "Очередь удалена", "Fila excluída"},
    {"queueMemberAdded", "Member added to queue", "Участник добавлен в очередь", "Membro incluído na fila"},
    {"queueMemberRemoved", "Member removed from queue", "Участник исключён из очереди", "Membro retirado da fila"},
    {"cardAdded", "Card added", "Карта добавлена", "Cartão incluído"},
    {"cardRemoved", "Card removed", "Карта удалена", "Cartão removido"},
    {"licensesRequested", "Licenses requested", "Лицензии запрошены", "Licenças solicitadas"},
    {"orderOverdue", "Order overdue", "Заказ просрочен", "Pedido atrasado"},
    {"orderFulfilled", "Order fulfilled", "Заказ выполнен", "Pedido atendido"},
    {"orderCancelled", "Order cancelled", "Заказ отменён", "Pedido cancelado"},
    {"invoiceCredited", "Invoice credited", "Зачёт по счёту", "Fatura creditada"},
    {"paymentReversed", "Payment reversed", "Платёж отозван", "Pagamento estornado"},
    {"licensesRevoked", "Licenses revoked", "Лицензии отозваны", "Licenças revogadas"},
    {"passwordChanged", "Password changed", "Пароль изменён", "Senha alterada"},
    {"personErased", "Person erased", "Данные о человеке удалены", "Dados da pessoa apagados"},
    {"phoneSaved", "Phone configuration saved", "Настройки телефона сохранены", "Configuração do telefone salva"},
    {"phoneRetained", "Phone configuration retained", "Настройки телефона хранятся ещё некоторое время",
     "Configuração do telefone mantida por mais um tempo"},
    {"phoneRestored", "Phone configuration restored", "Настройки телефона восстановлены",
     "Configuração do telefone restaurada"},
    {"phonePurged", "Phone configuration purged", "Настройки телефона уничтожены",
     "Configuração do telefone eliminada"},
    {"notificationSent", "Letter sent", "Письмо отправлено", "Mensagem enviada"},
    {"disputeOpened", "Dispute opened", "Спор открыт", "Contestação aberta"},
    {"evidenceAdded", "Evidence added", "Доказательство добавлено", "Prova acrescentada"},
    {"disputeResolved", "Dispute resolved", "Спор решён", "Contestação resolvida"},
});

}  // namespace

const DossierPhrases& dossier_phrases(schema::Language language) {
    switch (language) {
        case schema::Language::RU: return dossier_russian;
        case schema::Language::PT: return dossier_portuguese;
        case schema::Language::EN: break;
    }
    return dossier_english;
}

std::string_view event_label(std::string_view name, schema::Language language) {
    const auto* found = std::ranges::find(event_labels, name, &EventLabel::name);
    if (found == event_labels.end()) return {};
    switch (language) {
        case schema::Language::RU: return found->russian;
        case schema::Language::PT: return found->portuguese;
        case schema::Language::EN: break;
    }
    return found->english;
}

}  // namespace seatledger
