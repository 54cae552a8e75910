// Shows an image of the answer when all of its bytes have arrived, because a part of an image cannot be shown.
import type { ContentBlockDelta, ContentBlockStart, ImageBlock } from "../wire.ts";
import { createBlockBuilder } from "../client/content-block.ts";
import { bytesOf } from "./base64.ts";
import { create } from "./elements.ts";

export interface ImageView {
  add(delta: ContentBlockDelta): void;
  /** Shows the image, or the reason why there is none. */
  stop(): void;
}

export function createImageView(parent: HTMLElement, start: ContentBlockStart | undefined): ImageView {
  const block = createBlockBuilder();
  block.start(start);
  return {
    add: block.add,
    stop: () => parent.append(...block.build().flatMap(({ image }) => (image ? describe(image) : []))),
  };
}

/** The members may be missing, because a model sends either a source or an error. */
function describe({ format, source, error }: Partial<ImageBlock>): HTMLElement {
  if (source?.bytes !== undefined) {
    const blob = new Blob([bytesOf(source.bytes)], { type: `image/${format ?? "png"}` });
    return create("img", { src: URL.createObjectURL(blob), alt: "An image in the answer" });
  }
  if (source?.s3Location) return create("p", { class: "quiet" }, `An image at ${source.s3Location.uri}`);
  return create("p", { class: "quiet" }, `The model made no image: ${error?.message ?? "no reason given"}`);
}
