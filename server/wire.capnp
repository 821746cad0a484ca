@0xb6b5f0b3a3f0b86d;
# The wire: TCP, each way a stream of Cap'n Proto messages in the standard framing, one segment table each.
# The client speaks first, with hello or logIn. Requests carry an id that the client chooses; many may be in flight, and
# what answers one carries its id. Answers to different requests may come in any order.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("seatledger::schema");

using Types = import "/events/types.capnp";
using Commands = import "/events/command.capnp";
using Queries = import "/projections/query.capnp";

const protocolVersion :UInt32 = 1;

struct ClientMessage {
  id @0 :UInt64;

  union {
    none @1 :Void;
    hello @2 :Hello;        # once, first; answered by hello
    submit @3 :Submit;      # answered by answers
    query @4 :Queries.Query;  # answered by rows
    history @5 :Queries.History;    # answered by events
    replay @6 :Replay;      # answered by many events, the last one with done
    credit @7 :UInt64;      # to the replay of this id: so many more bytes may be sent
    cancel @8 :Void;        # to the replay of this id: end it
    rebuild @9 :Void;       # answered by progress, then digests
    digest @10 :Void;       # answered by digests
    status @11 :Void;       # answered by status
    logIn @12 :LogIn;       # instead of hello; answered by token
    logOut @13 :Void;       # the connection's own token is good no more; answered by tokens
    issueToken @14 :IssueToken;  # answered by token
    listTokens @15 :ListTokens;  # answered by tokens
    revokeToken @16 :UInt32;     # answered by tokens: the one that was revoked
    checkpoint @17 :Void;        # answered by checkpoint: the newest
    prove @18 :UInt64;           # that the event of this sequence is in the log; answered by proof
    entry @19 :UInt64;           # the event of this sequence; answered by entry
    proveConsistency @20 :Sizes; # that the log's first events have not changed since; answered by hashes
    checkpointAt @21 :UInt64;    # of the log's first events, so many; answered by checkpoint
    evidence @22 :EvidenceOf;    # an event, and that it is in the log; answered by evidence
  }
}

struct ServerMessage {
  id @0 :UInt64;

  union {
    none @1 :Void;
    failure @2 :Failure;    # this request could not be done; the connection goes on unless it is closed
    hello @3 :Welcome;
    answers @4 :List(Answer);  # one a command, in order
    rows @5 :Queries.Rows;
    events @6 :Queries.Events;
    progress @7 :Progress;
    digests @8 :Digests;
    status @9 :Status;
    token @10 :IssuedToken;
    tokens @11 :List(TokenRow);
    checkpoint @12 :Checkpoint;
    proof @13 :Text;             # of inclusion, with a checkpoint (engine/merkle/tlog_proof.h)
    entry @14 :Data;             # an event's bytes, as stored
    hashes @15 :List(Data);      # of a proof (engine/merkle/proof.h)
    evidence @16 :Evidence;
  }
}

struct Hello {
  protocolVersion @0 :UInt32;
  token @1 :Text;
}

struct LogIn {
  protocolVersion @0 :UInt32;
  account @1 :Text;
  email @2 :Text;
  password @3 :Text;
}

struct IssueToken {
  # What is absent is as in the token by which it is asked for, and nothing may go beyond that: not another account, not
  # another role, and of a person nobody else.
  account @0 :Text;    # absent, of the vendor's: for every account
  email @1 :Text;      # absent, of the vendor's: it is the vendor's, or with a role that of a program with that role
  role @2 :Text;       # that it is limited to
  label @3 :Text;
  expiresAt @4 :Int64 = -0x8000000000000000 $Types.instant;  # noInstant: never, if it was asked for by such a one or
                                                             # by a log-in
}

struct ListTokens {
  account @0 :Text;    # absent: those that the caller may see
}

struct Sizes {
  # Of the log at two times, in events.
  from @0 :UInt64;
  to @1 :UInt64;
}

struct EvidenceOf {
  sequence @0 :UInt64;
  size @1 :UInt64;      # the proof is that it is among the log's first so many events
}

struct Evidence {
  entry @0 :Data;                      # the event's bytes, as stored
  proof @1 :List(Data);                # of inclusion (engine/merkle/proof.h)
  opened @2 :List(Queries.Opened);     # what is sealed in it, unless it was erased, each with the key of its box
}

struct Checkpoint {
  note @0 :Text;               # size and root of the log, signed (engine/merkle/checkpoint.h)
  verifierKey @1 :Text;        # by which that is verified (engine/merkle/note.h)
}

struct IssuedToken {
  token @0 :Text;      # to be shown in hello; it is not kept and cannot be had again
  row @1 :TokenRow;
}

struct TokenRow {
  number @0 :UInt32;
  account @1 :Text;    # that it is good for; null: every one
  email @2 :Text;      # whom it lets in; null: the vendor, or a program with the role
  role @3 :Text;       # that it is limited to
  label @4 :Text;
  logIn @5 :Bool;      # it was given for a password
  issuedBy @6 :Text;   # vendor, or an address
  issuedAt @7 :Int64 $Types.instant;
  expiresAt @8 :Int64 = -0x8000000000000000 $Types.instant;
}

struct Welcome {
  protocolVersion @0 :UInt32;
  lastSequence @1 :UInt64;
}

struct Failure {
  message @0 :Text;   # what is wrong and what to do
  rejected @1 :Text;  # the id of the rule that was broken, if it is one: role_required
  passes @2 :Bool;    # it may be answered on another connection, later on: the server is stopping, or has too much to do
}

struct Submit {
  commands @0 :List(Commands.Command);  # 1 to 8,192
}

struct Answer {
  # To one command. Of sequence, rejected and rows at least one is there.
  sequence @0 :UInt64;       # of the last event that it appended; 0: it appended none
  entries @1 :Data;          # the events, as entries of a block (events/README.md); a dry run's have sequence 0
  people @2 :List(Queries.Person);   # everyone whom they name
  replayed @3 :Bool;         # the request id had been seen: the first answer again
  dryRun @4 :Bool;
  rejected @5 :Text;         # the id of the rule
  message @6 :Text;
  rows @7 :List(Answer);     # of a bulk command
  unbound @8 :Bool;          # it took a license away, and stillBilled says what is left
  stillBilled @9 :List(Billed);
  opened @11 :List(Queries.Opened);  # what is sealed in the events, unless it was erased
  phoneKeptUntil @10 :Int64 = -0x8000000000000000 $Types.instant;
}

struct Billed {
  sku @0 :Text;
  union {
    license @1 :UInt32;
    queues @2 :List(Queue);
  }

  struct Queue {
    queue @0 :Text;
    kind @1 :Types.QueueKind;
  }
}

struct Replay {
  account @0 :Text;         # absent: the whole log
  from @1 :UInt64;
  to @2 :UInt64;
  follow @3 :Bool;          # go on with what is appended later
  credit @4 :UInt64;        # bytes that may be sent before more is given

  # As in Query: of each stream the events that had taken effect, and been recorded, by then. Not with follow.
  asOf @5 :Int64 = -0x8000000000000000 $Types.instant;
  asOfSequence @6 :UInt64;
  knownAt @7 :Int64 = -0x8000000000000000 $Types.instant;

  # What took effect at or after, and at or before. The second not with follow.
  effectiveFrom @8 :Int64 = -0x8000000000000000 $Types.instant;
  effectiveTo @9 :Int64 = -0x8000000000000000 $Types.instant;

  backwards @10 :Bool;      # the newest first; not with follow
}

struct Progress {
  done @0 :UInt64;
  total @1 :UInt64;
}

struct Digests {
  sequence @0 :UInt64;      # the tables as of this event
  tables @1 :List(Table);
  seconds @2 :Float64;      # it took so long to build them; 0 where nothing was built
  differ @3 :List(Text);    # tables that a rebuild gave other rows than they had

  struct Table {
    table @0 :Text;
    rows @1 :UInt64;
    digest @2 :Text;        # SHA-256 over keys and values in order, hexadecimal
  }
}

struct Status {
  lastSequence @0 :UInt64;       # durable
  projectedSequence @1 :UInt64;  # in the tables
  healthy @2 :Bool;
  message @3 :Text;
}
