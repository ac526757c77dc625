export default function InstancePage({ instance }: { readonly instance: string }) {
  return <div className="page">{instance}</div>;
}
