/** Icons on a grid of 16 pixels. Each repeats the text next to it. */
import type { ComponentChildren } from "preact"

const Icon = ({ children }: { readonly children: ComponentChildren }) => (
  <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
    {children}
  </svg>
)

export const Logo = () => (
  <svg class="logo" viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
    <rect class="logo-ground" width="32" height="32" rx="8" />
    <path class="logo-line" d="M5 20h4l3-5 4 9 4-18 3 14h4" />
  </svg>
)

export const Rise = () => (
  <Icon>
    <path d="M8 3.2 13 9H9.6v4H6.4V9H3z" />
  </Icon>
)

export const Fall = () => (
  <Icon>
    <path d="M8 12.8 3 7h3.4V3h3.2v4H13z" />
  </Icon>
)

export const Turn = () => (
  <Icon>
    <path d="M1.5 8 5.5 3.6V6.4h5V3.6L14.5 8l-4 4.4V9.6h-5v2.8z" />
  </Icon>
)

export const Search = () => (
  <Icon>
    <path class="stroke" d="M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.4 10.4 14 14" />
  </Icon>
)

export const Sun = () => (
  <Icon>
    <circle cx="8" cy="8" r="3" />
    <path
      class="stroke"
      d="M8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8 13 13M13 3l-1.2 1.2M4.2 11.8 3 13"
    />
  </Icon>
)

export const Moon = () => (
  <Icon>
    <path d="M13.4 10A6 6 0 0 1 6 2.6a6 6 0 1 0 7.4 7.4z" />
  </Icon>
)

export const Earlier = () => (
  <Icon>
    <path class="stroke" d="M10 3 5 8l5 5" />
  </Icon>
)

export const Later = () => (
  <Icon>
    <path class="stroke" d="m6 3 5 5-5 5" />
  </Icon>
)

export const Plus = () => (
  <Icon>
    <path class="stroke" d="M8 3v10M3 8h10" />
  </Icon>
)

export const Minus = () => (
  <Icon>
    <path class="stroke" d="M3 8h10" />
  </Icon>
)

export const Close = () => (
  <Icon>
    <path class="stroke" d="m4 4 8 8M12 4l-8 8" />
  </Icon>
)
