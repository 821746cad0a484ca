@0xd8b1f0a34a1c9d57;
# Rows of the tables that change seldom. Those that change with every bind are packed by hand (tables.h).

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("seatledger::rows");

using Types = import "/events/types.capnp";

struct Account {
  id @0 :Text;
  name @1 :Text;
  timeZone @2 :Text;
  currency @3 :Text;
  importing @4 :Bool;
  superAdmins @5 :List(UInt32);  # in the order of their ids
  cards @6 :List(Card);
  language @7 :Types.Language;
  reminded @8 :List(Int64);      # an instant for each of reminder_days (engine/rules/entities.h)
  disputeWindow @9 :Text;

  struct Card {
    token @0 :Text;
    last4 @1 :Text;
    expires @2 :Text;
  }
}

struct Product {
  sku @0 :Text;
  name @1 :Text;
  type @2 :Text;
  features @3 :List(Text);
  term @4 :Text;
  unitPrice @5 :Types.Money;
  billing @6 :Types.Billing;
  keepsPhone @7 :Bool;
  retired @8 :Bool;
  effectiveAt @9 :Int64;   # of the event that made it so
}

struct User {
  email @0 :Data;          # sealed, as in the event
  name @1 :Data;           # the same
  key @5 :UInt64;          # by which they are
  roles @2 :UInt8;         # a bit a role, by its number
  removed @3 :Bool;
  registeredAt @4 :Int64;
  language @6 :Types.Language;
  disputes @7 :List(UInt32);  # that concern them, in the order of their numbers
}

struct Lot {
  # The key has the first license.
  quantity @0 :UInt32;
  product @1 :UInt32;
  validFrom @2 :Int64;
  validUntil @3 :Int64;
  invoice @4 :Text;
  line @5 :UInt32;
  issuedBy @6 :UInt64;     # sequences
  revoked @7 :UInt32;      # how many of them
}

struct Invoice {
  id @0 :Text;
  state @1 :UInt8;         # InvoiceState
  raisedBy @2 :UInt32;
  total @3 :Types.Money;
  issuedAt @4 :Int64;
  paidAt @5 :Int64 = -0x8000000000000000;
  reference @6 :Text;
  lines @7 :List(Line);
  order @8 :UInt32;        # that it was raised for; 0: for none

  struct Line {
    product @0 :UInt32;
    type @1 :Text;
    billing @2 :Types.Billing;
    quantity @3 :UInt32;
    unitPrice @4 :Types.Money;
    amount @5 :Types.Money;
    term @6 :Text;
    validUntil @7 :Int64;
    firstLicense @8 :UInt32;
    credited @9 :Int64;            # millionths of the amount's currency
    creditedQuantity @10 :UInt32;
  }
}

struct Queue {
  id @0 :Text;
  kind @1 :Types.QueueKind;
  deleted @2 :Bool;
  createdAt @3 :Int64;
}

struct Memberships {
  # The queues that a person is in, in the order of their names.
  at @0 :Int64;            # when it became so
  queues @1 :List(Place);

  struct Place {
    queue @0 :Text;
    kind @1 :Types.QueueKind;
    role @2 :Types.QueueRole;
    since @3 :Int64;
  }
}

struct Order {
  product @0 :UInt32;
  quantity @1 :UInt32;
  requestedBy @2 :UInt32;  # 0: the vendor
  user @3 :UInt32;         # to whom its one license will be bound; 0: to nobody
  requestedAt @4 :Int64;
  due @5 :Int64;
  state @6 :State;
  closedAt @7 :Int64 = -0x8000000000000000;
  invoice @8 :Text;        # that was raised for it, unless that is void

  enum State {
    open @0;
    fulfilled @1;
    cancelled @2;
  }
}

struct Phone {
  # Nothing of it is set: the person has none, or none any more.
  key @0 :UInt64;          # by which the configuration is sealed
  savedAt @1 :Int64 = -0x8000000000000000;
  keptUntil @2 :Int64 = -0x8000000000000000;  # absent: it is in use
}

struct Dispute {
  invoice @0 :Text;
  line @1 :UInt32;
  bill @2 :Text;           # SHA-256 of its file; absent: no line of a bill is disputed
  row @3 :UInt32;          # of that
  first @4 :UInt32;        # the dispute by which this line was disputed first; 0: this is the first
  key @5 :UInt64;          # by which its texts are sealed
  resolved @6 :Bool;
  events @7 :List(UInt64); # the sequences of its opening, evidence, credits and resolution
}
