/// The lab's parts.
