#include "tools/bench/workload.h"

namespace seatledger::bench {
namespace {

constexpr char sku[] = "connect";
constexpr std::int64_t unit = 1'000'000;

void set_price(schema::Money::Builder money, std::int64_t units) {
    money.setAmount(units * unit);
    money.setCurrency("USD");
}

}  // namespace

capnp::List<schema::Command>::Reader commands_of(const Batch& batch) {
    return batch->getRoot<capnp::List<schema::Command>>().asReader();
}

std::uint64_t Workload::setup_events() const {
    // accountOpened, userRegistered, roleGranted; invoiceIssued; invoicePaid, licensesIssued, notificationQueued.
    return 1 + std::uint64_t{shape_.accounts} * (7 + shape_.users);
}

Batch Workload::next_setup() {
    auto batch = std::make_unique<capnp::MallocMessageBuilder>();
    if (!product_defined_) {
        product_defined_ = true;
        auto product = batch->initRoot<capnp::List<schema::Command>>(1)[0].initDefineProduct();
        product.setSku(sku);
        product.setName("Connect");
        product.setType("phone");
        product.setTerm("P10Y");
        set_price(product.initUnitPrice(), 20);
        return batch;
    }
    if (accounts_set_up_ == shape_.accounts) return nullptr;
    set_up_account(batch->initRoot<capnp::List<schema::Command>>(3 + shape_.users), accounts_set_up_++);
    loads_.push_back({std::vector<std::uint32_t>(shape_.users), std::vector<bool>(shape_.licenses + 1)});
    return batch;
}

void Workload::set_up_account(capnp::List<schema::Command>::Builder commands, std::uint32_t number) {
    const auto id = account(number);
    for (auto command : commands) command.setAccount(id);
    auto opened = commands[0].initOpenAccount();
    opened.setName(id);
    opened.initSuperAdmin().setEmail("boss@acme.test");
    auto invoice = commands[1].initIssueInvoice();
    invoice.setInvoice("first");
    invoice.setRaisedBy("boss@acme.test");
    auto line = invoice.initLines(1)[0];
    line.setSku(sku);
    line.setQuantity(shape_.licenses);
    auto payment = commands[2].initRecordPayment();
    payment.setInvoice("first");
    payment.setReference("transfer-1");
    set_price(payment.initAmount(), 20 * std::int64_t{shape_.licenses});
    for (std::uint32_t user = 0; user < shape_.users; ++user) {
        commands[3 + user].initRegisterUser().setEmail(email(user));
    }
}

Batch Workload::next(std::uint32_t count, bool with_ids) {
    auto batch = std::make_unique<capnp::MallocMessageBuilder>(count * 24);
    auto commands = batch->initRoot<capnp::List<schema::Command>>(count);
    for (auto command : commands) {
        if (with_ids) command.setRequestId("request-" + std::to_string(++requests_));
        bind_or_unbind(static_cast<std::uint32_t>(random_() % shape_.accounts), command);
    }
    return batch;
}

Batch Workload::next_of(std::uint32_t account) {
    auto batch = std::make_unique<capnp::MallocMessageBuilder>(32);
    bind_or_unbind(account, batch->initRoot<capnp::List<schema::Command>>(1)[0]);
    return batch;
}

void Workload::bind_or_unbind(std::uint32_t number, schema::Command::Builder command) {
    auto& load = loads_[number];
    command.setAccount(account(number));
    const auto user = static_cast<std::uint32_t>(random_() % shape_.users);
    if (auto& license = load.license_of[user]; license != 0) {
        command.initUnbindLicense().setLicense(license);
        load.taken[license] = false;
        license = 0;
        return;
    }
    auto license = static_cast<std::uint32_t>(random_() % shape_.licenses) + 1;
    while (load.taken[license]) license = license % shape_.licenses + 1;
    load.taken[license] = true;
    load.license_of[user] = license;
    auto bind = command.initBindLicense();
    bind.setLicense(license);
    bind.setEmail(email(user));
}

}  // namespace seatledger::bench
