@0xd1f0a6c3b2e94857;
# Amounts of bills, which may be finer than the ledger's own.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("seatledger::schema");

struct ExactMoney {
  # In JSON as Money (events/types.capnp).
  amount @0 :Text;    # a decimal number, with its currency's decimals at least
  currency @1 :Text;  # ISO 4217, three capitals
}
