import { Loading } from "../app/blocks";

export default function OrderDrawer({ number }: { number: string }) {
  return <Loading>{number}</Loading>;
}
