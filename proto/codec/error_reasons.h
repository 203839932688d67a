// The reasons that stand in google.rpc.ErrorInfo.reason, domain kErrorDomain. They are part of the
// wire contract: clients branch on them, so none is ever renamed.
#ifndef CAE_PROTO_CODEC_ERROR_REASONS_H_
#define CAE_PROTO_CODEC_ERROR_REASONS_H_

namespace cae {

inline constexpr char kErrorDomain[] = "cae.v1";

// NOT_FOUND
inline constexpr char kReasonModelNotFound[] = "MODEL_NOT_FOUND";
// OUT_OF_RANGE
inline constexpr char kReasonLimitExceeded[] = "LIMIT_EXCEEDED";  ///< metadata: limit, maximum
inline constexpr char kReasonNotRepresentable[] =
    "NOT_REPRESENTABLE";  ///< a number of the answer does not fit the type asked for
// FAILED_PRECONDITION
inline constexpr char kReasonModelNotReady[] = "MODEL_NOT_READY";
inline constexpr char kReasonNoClassifier[] = "NO_CLASSIFIER";
inline constexpr char kReasonResumeMismatch[] = "RESUME_MISMATCH";  ///< metadata: field
// RESOURCE_EXHAUSTED
inline constexpr char kReasonQueueFull[] = "QUEUE_FULL";
inline constexpr char kReasonTooManyChains[] = "TOO_MANY_CHAINS";
inline constexpr char kReasonDeadlineTooShort[] = "DEADLINE_TOO_SHORT";
// UNAVAILABLE
inline constexpr char kReasonDraining[] = "DRAINING";
inline constexpr char kReasonStreamTooOld[] = "STREAM_TOO_OLD";
inline constexpr char kReasonReaderStalled[] = "READER_STALLED";

}  // namespace cae

#endif  // CAE_PROTO_CODEC_ERROR_REASONS_H_
