/** Whether the facts an end was armed for are still so, read at the moment of deciding. What is not known is never so. */
export type Still = { is: "so" | "not-so" | "unknown"; evidence: Record<string, unknown> };
