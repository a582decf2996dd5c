import { Refusal } from "../errors.ts";
import type { ImageView } from "../ledger/queries/images.ts";
import type { ActiveMember } from "../ledger/schema.ts";

/** What is shared may be deployed, and nothing else. */
export function ownOnly(by: ActiveMember, view: ImageView): ImageView {
  if (view.owner.id === by.id) return view;
  throw new Refusal(
    "not-your-image",
    `“${view.owner.handle}/${view.image.name}” is not yours; you can deploy it.`,
    {
      hint: `Ask ${view.owner.handle} to change it, or make one of your own.`,
      offers: [{ kind: "create-image", name: view.image.name }],
    },
  );
}
