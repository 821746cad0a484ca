@0xded1eac5e4e77ff0;
# What can be asked of the ledger. Whatever a rule judges (a role, a zone, a term, an address) is text here, so
# that a wrong one is a rejection that names it and not a message that cannot be read.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("seatledger::schema");

using Types = import "types.capnp";

struct Command {
  account @0 :Text;                                   # absent for the catalogue's commands
  requestId @1 :Text;                                 # absent: not repeatable
  at @2 :Int64 = -0x8000000000000000 $Types.instant;  # noInstant: now
  corrects @3 :UInt64 $Types.optional;                # a sequence of the same stream
  actor @4 :Text;                                     # e-mail; absent: whoever sends it

  union {
    none @5 :Void;

    openAccount @6 :OpenAccount;
    endImport @7 :EndImport;
    registerUser @8 :RegisterUser;
    removeUser @9 :RemoveUser;
    changeEmail @10 :ChangeEmail;
    grantRole @11 :ChangeRole;
    revokeRole @12 :ChangeRole;

    defineProduct @13 :DefineProduct;
    changeProduct @14 :ChangeProduct;
    retireProduct @15 :RetireProduct;

    issueInvoice @16 :IssueInvoice;
    voidInvoice @17 :VoidInvoice;
    recordPayment @18 :RecordPayment;

    bindLicense @19 :BindLicense;
    unbindLicense @20 :UnbindLicense;
    reassignLicense @21 :ReassignLicense;
    bindLicenses @22 :BindLicenses;
    unbindLicenses @23 :UnbindLicenses;

    createQueue @24 :CreateQueue;
    deleteQueue @25 :DeleteQueue;
    addQueueMember @26 :AddQueueMember;
    removeQueueMember @27 :RemoveQueueMember;

    addCard @28 :AddCard;
    removeCard @29 :RemoveCard;
    requestLicenses @30 :RequestLicenses;
    fulfillOrder @31 :FulfillOrder;
    cancelOrder @32 :CancelOrder;

    creditInvoice @33 :CreditInvoice;
    reversePayment @34 :ReversePayment;

    setPassword @35 :SetPassword;
    erasePerson @36 :ErasePerson;

    savePhone @37 :SavePhone;

    openDispute @38 :OpenDispute;
    addEvidence @39 :AddEvidence;
    resolveDispute @40 :ResolveDispute;
  }
}

struct OpenAccount {
  name @0 :Text;
  timeZone @1 :Text = "UTC";   # a name of the tz database
  currency @2 :Text = "USD";   # ISO 4217
  superAdmin @3 :Person;
  importing @4 :Bool;
  language @5 :Text = "en";    # en, ru, pt: of people of whom nothing else is said
  disputeWindow @6 :Text;      # ISO 8601 duration: how long after its date a bill may be disputed; absent: for ever

  struct Person {
    email @0 :Text;
    name @1 :Text;
    language @2 :Text;         # absent: the account's
  }
}

struct EndImport {}

struct RegisterUser {
  email @0 :Text;
  name @1 :Text;
  sku @2 :Text;       # absent: without a license
  password @3 :Text;  # absent: the person cannot log in until one is set
  language @4 :Text;  # in which they are written to: en, ru, pt; absent: the account's
}

struct RemoveUser {
  email @0 :Text;
}

struct ErasePerson {
  email @0 :Text;
}

struct SetPassword {
  email @0 :Text;
  password @1 :Text;
}

struct ChangeEmail {
  email @0 :Text;
  newEmail @1 :Text;
}

struct ChangeRole {
  email @0 :Text;
  role @1 :Text;
}

struct DefineProduct {
  sku @0 :Text;
  name @1 :Text;
  type @2 :Text;
  features @3 :List(Text);
  term @4 :Text;                   # ISO 8601 duration
  unitPrice @5 :Types.Money;
  billing @6 :Text = "purchased";
  keepsPhone @7 :Bool;
}

struct ChangeProduct {
  # What is absent stays as it is.
  sku @0 :Text;
  name @1 :Text;
  features @2 :List(Text);
  unitPrice @3 :Types.Money;
}

struct RetireProduct {
  sku @0 :Text;
}

struct IssueInvoice {
  invoice @0 :Text;
  raisedBy @1 :Text;  # e-mail
  lines @2 :List(Line);

  struct Line {
    sku @0 :Text;
    quantity @1 :UInt64;
    unitPrice @2 :Types.Money;  # absent: the catalogue's
    amount @3 :Types.Money;     # of the whole line; at most one of unitPrice and amount
    term @4 :Text;              # absent: the catalogue's
    validUntil @5 :Int64 = -0x8000000000000000 $Types.instant;  # at most one of term and validUntil
  }
}

struct VoidInvoice {
  invoice @0 :Text;
}

struct RecordPayment {
  invoice @0 :Text;
  reference @1 :Text;
  amount @2 :Types.Money;
}

struct BindLicense {
  # Exactly one of license and sku.
  license @0 :UInt32 $Types.optional;
  sku @1 :Text;
  email @2 :Text;
}

struct UnbindLicense {
  # The license, or sku and email together.
  license @0 :UInt32 $Types.optional;
  sku @1 :Text;
  email @2 :Text;
}

struct ReassignLicense {
  license @0 :UInt32 $Types.optional;
  email @1 :Text;
}

struct BindLicenses {
  rows @0 :List(BindLicense);
  atomic @1 :Bool;
  dryRun @2 :Bool;
}

struct UnbindLicenses {
  rows @0 :List(UnbindLicense);
  atomic @1 :Bool;
  dryRun @2 :Bool;
}

struct CreateQueue {
  queue @0 :Text;
  kind @1 :Text;   # call, outbound, inbox
}

struct DeleteQueue {
  queue @0 :Text;
}

struct AddQueueMember {
  queue @0 :Text;
  email @1 :Text;
  role @2 :Text;   # agent, supervisor
}

struct RemoveQueueMember {
  queue @0 :Text;
  email @1 :Text;
}

struct AddCard {
  # As the payment service knows it: never a card's own number.
  token @0 :Text;
  last4 @1 :Text;
  expires @2 :Text;  # 2027-05
}

struct RemoveCard {
  token @0 :Text;
}

struct RequestLicenses {
  sku @0 :Text;
  quantity @1 :UInt64;
}

struct FulfillOrder {
  order @0 :UInt32 $Types.optional;
  invoice @1 :Text;  # the number of the invoice that is raised for it
}

struct CancelOrder {
  order @0 :UInt32 $Types.optional;
}

struct CreditInvoice {
  invoice @0 :Text;
  line @1 :UInt32 $Types.optional;     # from 1
  quantity @2 :UInt64;                 # licenses that are revoked; 0 for a wrong price
  amount @3 :Types.Money;
  reason @4 :Text;
  dispute @5 :UInt32 $Types.optional;  # that it settles
}

struct ReversePayment {
  invoice @0 :Text;
  reason @1 :Text;
}

struct SavePhone {
  email @0 :Text;
  config @1 :Text;  # JSON
}

struct OpenDispute {
  # About a line of an invoice of the ledger's, or of the vendor's bill, or of both: then of the bill's, which charges for
  # the invoice's.
  invoice @0 :Text;
  line @1 :UInt32 $Types.optional;  # of the invoice, from 1
  claim @2 :Text;                   # what is wrong with it
  bill @3 :Bill;

  struct Bill {
    # The line as it stands in the bill.
    sha256 @0 :Text;                # of the bill's file, 64 hexadecimal digits
    row @1 :UInt32 $Types.optional; # of the file, from 1, on which the line begins
    text @2 :Text;                  # the line, and nothing else
    date @3 :Text;                  # the bill's, 2026-03-31: from it on the account's disputeWindow runs
    layout @4 :Text;                # JSON: how the line is to be read (tools/bills/declared_layout.h)
  }
}

struct AddEvidence {
  # At least one of note and sha256.
  dispute @0 :UInt32 $Types.optional;
  note @1 :Text;
  sha256 @2 :Text;                  # of a file that is kept elsewhere
}

struct ResolveDispute {
  dispute @0 :UInt32 $Types.optional;
  verdict @1 :Text;                 # a word: upheld, rejected, …
  note @2 :Text;
}
