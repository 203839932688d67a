// The heap of the process, as far as the C library lets it be told how to behave.
#ifndef CAE_SERVER_HEAP_H_
#define CAE_SERVER_HEAP_H_

namespace cae {

/// Lets large buffers, such as the draws of a stream of many chains, go back to the system as soon
/// as they are free. Otherwise the C library learns from the first of them to keep its like, and
/// what was freed between others is never given back. To be called before threads are started.
void SetHeapLimits();

/// Gives back what lies free now: after loading models that is as much as they take themselves.
/// Takes milliseconds. Thread-safe.
void ReturnFreeHeap();

}  // namespace cae

#endif  // CAE_SERVER_HEAP_H_
