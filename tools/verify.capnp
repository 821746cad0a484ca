@0xc6a1f0d2b3e4958a;
# What verify --data prints.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("seatledger::schema");

using Types = import "/events/types.capnp";

struct LedgerProblem {
  problem @0 :Text;                    # of what kind; the id of the rule that is broken, where it is one
  sequence @1 :UInt64 $Types.optional; # of the event; of a table, of the one that wrote the row
  block @2 :UInt64 $Types.optional;    # the first sequence of the block that it is in
  account @3 :Text;
  message @4 :Text;
}
