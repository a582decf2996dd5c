/** The name under which a surface keeps what is being filled into an element. @param {string} blockId @param {string} actionId */
export function draftKey(blockId, actionId) {
  return JSON.stringify([blockId, actionId]);
}
